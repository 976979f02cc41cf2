//! How much the catalog is asked for a payslip that is delivered.

use crate::common::Gateway;
use crate::common::pdf;
use crate::common::ssh::User;
use crate::common::wire::{Line, Wire};
use loondossier::dossier::Scope;

/// A new payslip of A. de Vries, for each month.
async fn deliver(wire: &mut Wire, month: u32) {
    let path = format!("/Aanleveren/123456782L01_0042_loonstrook_2026-{month:02}.pdf");
    wire.put(&path, &pdf(&path)).await;
}

/// How many statements a payslip took at most, in its transaction and in all.
async fn took(gateway: &Gateway, wire: &mut Wire, months: std::ops::Range<u32>) -> (u64, u64) {
    let (mut writing, mut all) = (0, 0);
    for month in months {
        let before = (gateway.db.asked_to_write(), gateway.db.asked());
        deliver(wire, month).await;
        writing = writing.max(gateway.db.asked_to_write() - before.0);
        all = all.max(gateway.db.asked() - before.1);
    }
    (writing, all)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payslip_takes_few_statements_and_its_transaction_fewer() {
    let gateway = Gateway::start().await;
    let office = User::new(&gateway, "petra", Scope::DELIVER).await;
    let mut wire = Line::new(&office).await.sftp().await;
    gateway.rests().await;
    // The first asks what is remembered from then on: who the parties are, their keys.
    deliver(&mut wire, 1).await;
    let (writing, all) = took(&gateway, &mut wire, 2..5).await;
    assert!(writing <= 12 && all <= 17, "{writing} of {all}");
    // Also where something once waited to be delivered, from the next time on that one signs in.
    wire.put("/Aanleveren/later.part", b"later").await;
    let mut wire = Line::new(&office).await.sftp().await;
    let (writing, all) = took(&gateway, &mut wire, 5..8).await;
    assert!(writing <= 12 && all <= 17, "{writing} of {all}");
}
