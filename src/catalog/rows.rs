//! What a statement gives, read alike from both databases.
//!
//! Knows: rows and their cells. Must not know what any statement means.

use rusqlite::Statement;
use rusqlite::types::{FromSql, ValueRef};
use sqlx::postgres::PgRow;
use sqlx::{Column, Decode, Postgres, Row as _, Type, ValueRef as _};

/// A value that both databases can give.
pub trait Cell: FromSql + Type<Postgres> + for<'r> Decode<'r, Postgres> + Send {}
impl<T> Cell for T where T: FromSql + Type<Postgres> + for<'r> Decode<'r, Postgres> + Send {}

/// A row that both databases can give. A struct is one by [`row!`].
pub trait Row: Sized + Send {
    /// The names of its columns, in order; none when any will do.
    const COLUMNS: &'static [&'static str];

    /// Whether what is read in order is what comes next.
    fn fits<'n>(names: &mut impl Iterator<Item = &'n str>) -> bool {
        Self::COLUMNS.iter().all(|column| names.next() == Some(column))
    }

    /// Reads it, cell by cell.
    ///
    /// # Errors
    /// A cell that is something else.
    fn read(cells: &mut Cells<'_>) -> Result<Self, Failure>;
}

/// Declares a struct whose fields are the columns of a statement, in the same order.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$about:meta])* $seen:vis $field:ident: $cell:ty,)*
    }) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$about])* $seen $field: $cell,)*
        }

        impl $crate::catalog::rows::Row for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn read(
                cells: &mut $crate::catalog::rows::Cells<'_>,
            ) -> std::result::Result<Self, $crate::catalog::rows::Failure> {
                Ok(Self { $($field: cells.cell()?,)* })
            }
        }
    };
}
pub(crate) use row;

macro_rules! tuples {
    ($(($($cell:ident),+);)*) => {$(
        impl<$($cell: Cell),+> Row for ($($cell,)+) {
            const COLUMNS: &'static [&'static str] = &[];

            fn fits<'n>(names: &mut impl Iterator<Item = &'n str>) -> bool {
                names.by_ref().for_each(drop);
                true
            }

            fn read(cells: &mut Cells<'_>) -> Result<Self, Failure> {
                Ok(($(cells.cell::<$cell>()?,)+))
            }
        }
    )*};
}
tuples! {
    (A);
    (A, B);
    (A, B, C);
    (A, B, C, D);
}

/// Two rows that one statement gives, the columns of the second behind those of the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Both<A, B>(pub A, pub B);

impl<A: Row, B: Row> Row for Both<A, B> {
    const COLUMNS: &'static [&'static str] = A::COLUMNS;

    fn fits<'n>(names: &mut impl Iterator<Item = &'n str>) -> bool {
        A::fits(names) && B::fits(names)
    }

    fn read(cells: &mut Cells<'_>) -> Result<Self, Failure> {
        Ok(Self(A::read(cells)?, B::read(cells)?))
    }
}

/// What a left join gives: nothing where the first cell, which no row that is there has empty, is empty.
impl<T: Row> Row for Option<T> {
    const COLUMNS: &'static [&'static str] = T::COLUMNS;

    fn read(cells: &mut Cells<'_>) -> Result<Self, Failure> {
        if cells.is_empty()? {
            cells.at += T::COLUMNS.len();
            return Ok(None);
        }
        T::read(cells).map(Some)
    }
}

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What SQLite says.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// What PostgreSQL says.
    #[error(transparent)]
    Postgres(#[from] sqlx::Error),
    /// A statement does not give what is read.
    #[error("the columns are not {0:?}")]
    Columns(&'static [&'static str]),
}

/// A row that is being read, from its first cell on.
#[derive(Debug)]
pub struct Cells<'r> {
    of: Of<'r>,
    at: usize,
}

#[derive(Debug)]
enum Of<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

impl Cells<'_> {
    /// The next cell.
    ///
    /// # Errors
    /// When it is something else.
    pub fn cell<T: Cell>(&mut self) -> Result<T, Failure> {
        let at = self.at;
        self.at += 1;
        match self.of {
            Of::Sqlite(row) => Ok(row.get(at)?),
            Of::Postgres(row) => Ok(row.try_get(at)?),
        }
    }

    /// Whether there is nothing in the next cell.
    fn is_empty(&self) -> Result<bool, Failure> {
        match self.of {
            Of::Sqlite(row) => Ok(row.get_ref(self.at)? == ValueRef::Null),
            Of::Postgres(row) => Ok(row.try_get_raw(self.at)?.is_null()),
        }
    }
}

/// Every row that SQLite gives.
///
/// # Errors
/// As the database says; [`Failure::Columns`].
pub(super) fn of_sqlite<T: Row>(mut rows: rusqlite::Rows<'_>) -> Result<Vec<T>, Failure> {
    fits::<T>(rows.as_ref().into_iter().flat_map(Statement::column_names))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(T::read(&mut Cells { of: Of::Sqlite(row), at: 0 })?);
    }
    Ok(all)
}

/// Every row that PostgreSQL gave.
///
/// # Errors
/// As [`of_sqlite`].
pub(super) fn of_postgres<T: Row>(rows: &[PgRow]) -> Result<Vec<T>, Failure> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    fits::<T>(first.columns().iter().map(Column::name))?;
    rows.iter().map(|row| T::read(&mut Cells { of: Of::Postgres(row), at: 0 })).collect()
}

/// Refuses what is not in the order in which it is read.
fn fits<'n, T: Row>(mut names: impl Iterator<Item = &'n str>) -> Result<(), Failure> {
    if T::fits(&mut names) && names.next().is_none() {
        Ok(())
    } else {
        Err(Failure::Columns(T::COLUMNS))
    }
}
