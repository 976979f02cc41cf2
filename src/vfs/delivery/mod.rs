//! Delivering to `/Aanleveren` (PRODUCT.md section 5), in the order in which a file passes: what comes lies in
//! `waiting` until it is whole (`batch`, `patience`); `deliver` takes it, `parcel` looks into it, `ruling` says
//! whose it is, and `settle` files it, keeps it among what was `refused`, or has it `hold` until it may be seen.
//! `listed` and `receipts` are what its sender sees of that afterwards; `withdraw` takes it back.
//!
//! Knows the catalog, and of names what `dossier::delivery` reads in them. Must not know any protocol.

pub(in crate::vfs) mod batch;
pub(in crate::vfs) mod deliver;
pub(in crate::vfs) mod hold;
pub(in crate::vfs) mod listed;
pub(in crate::vfs) mod parcel;
pub(in crate::vfs) mod patience;
pub(in crate::vfs) mod receipts;
pub(in crate::vfs) mod refused;
pub(in crate::vfs) mod ruling;
pub(in crate::vfs) mod settle;
pub(in crate::vfs) mod waiting;
pub(in crate::vfs) mod withdraw;
