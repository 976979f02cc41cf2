//! What statements gave on one connection, for as long as nobody changes the database.
//!
//! Knows: that the same statement with the same arguments gives the same rows until somebody commits. Must
//! not know what any statement means: that is why nothing can be forgotten to be made invalid.

use super::db::Value;
use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

/// Fewer rows are read again as fast.
const WORTH: usize = 256;
/// How many rows are remembered at most: some 700 bytes each. What came first stays, so that a listing of many pages
/// does not take the place of everything.
const MOST: usize = 10_000;

/// A statement and its arguments.
pub(super) type Question = (&'static str, Vec<Value>);

/// The rows of one version of the database.
#[derive(Debug, Default)]
pub(super) struct Memo {
    version: i64,
    rows: usize,
    given: HashMap<Question, Arc<dyn Any + Send + Sync>>,
}

impl Memo {
    /// What is remembered of this version; of any other, nothing is any more.
    pub(super) fn of(&mut self, version: i64) -> &mut Self {
        if version != self.version {
            *self = Self { version, ..Self::default() };
        }
        self
    }

    /// What a statement gave.
    pub(super) fn get<T: Send + Sync + 'static>(&self, asked: &Question) -> Option<Arc<Vec<T>>> {
        Arc::clone(self.given.get(asked)?).downcast().ok()
    }

    /// Remembers what a statement gave.
    pub(super) fn put<T: Send + Sync + 'static>(&mut self, asked: Question, rows: &Arc<Vec<T>>) {
        if rows.len() < WORTH || self.rows + rows.len() > MOST {
            return;
        }
        self.rows += rows.len();
        self.given.insert(asked, Arc::clone(rows) as Arc<dyn Any + Send + Sync>);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(n: i64) -> Question {
        ("select", vec![Value::from(n)])
    }

    #[test]
    fn what_was_given_is_remembered_until_the_database_changes_and_never_without_bound() {
        let mut memo = Memo::default();
        let rows = Arc::new(vec![7_i64; WORTH]);
        memo.of(1).put(question(1), &rows);
        memo.of(1).put(question(2), &Arc::new(vec![7_i64; WORTH - 1]));
        assert_eq!(memo.of(1).get(&question(1)), Some(rows));
        assert_eq!(memo.of(1).get::<i64>(&question(2)), None);
        assert_eq!(memo.of(1).get::<i64>(&("other", question(1).1)), None);
        assert_eq!(memo.of(1).get::<String>(&question(1)), None);
        for n in 0..100 {
            memo.of(1).put(question(n), &Arc::new(vec![n; MOST / 3]));
            assert!(memo.rows <= MOST && memo.given.len() <= 4);
        }
        assert_eq!(memo.of(2).get::<i64>(&question(99)), None);
        assert_eq!(memo.of(1).get::<i64>(&question(99)), None);
    }
}
