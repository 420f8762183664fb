//! Times, counts, debts and entries, and what outlives a restart.

use super::*;

#[test]
fn a_restart_claims_nothing_that_was_not_so_before() {
    let counts = Counts {
        open: 2,
        baseline: 3,
        ..Counts::default()
    };
    let mut case = Case::acme(failing(Reason::CredentialsMissing)).counting(counts);
    let before = case.seen("12:16");
    let mut case = case.restarted();
    let status = case.seen("12:17");
    assert_eq!(
        compliant(&status),
        "False/FindingsOpen",
        "unread is not clean"
    );
    assert_eq!(
        ready(&status),
        "False/CredentialsMissing",
        "nothing is mended by a restart"
    );
    assert_eq!(status.findings, before.findings);
    assert_eq!(status.organizations, before.organizations);
    assert_eq!(status.last_checked_time, before.last_checked_time);

    // Still failing: what was counted stands, and the debt goes on from where the last window ended.
    let unread = unknown().failing(failure(Reason::CredentialsMissing, at("12:40")));
    let status = case.knowing([("acme", unread)]).seen("12:18");
    assert_eq!(compliant(&status), "False/FindingsOpen");
    assert_eq!(status.findings, before.findings);
    assert_eq!(
        status.organizations[0].debts[0].since,
        whole_seconds(at("12:15"))
    );
}

#[test]
fn once_the_chains_are_read_their_counts_are_the_only_ones() {
    let two = json!({"organizations": [{"name": "acme"}, {"name": "gone"}]});
    let gone = || unknown().failing(failure(Reason::OrganizationNotFound, at("12:40")));
    let counts = Counts {
        open: 2,
        ..Counts::default()
    };
    let mut case = Case::new(two, [("acme", done()), ("gone", gone())]).counting(counts);
    case.seen("12:16");
    // An organization that never had a chain has no findings to be counted.
    let status = case.counting(Counts::default()).seen("12:17");
    assert_eq!(status.findings, Some(FindingCounts::default()));
}

#[test]
fn a_status_that_was_deleted_comes_back() {
    let mut case = Case::acme(done()).counting(Counts {
        open: 1,
        ..Counts::default()
    });
    let before = case.seen("12:16");
    case.policy.status = None;
    assert_eq!(case.seen("12:16"), before);
}

// --- Requests, slots, debts

#[test]
fn a_request_is_echoed_when_every_organization_has_answered_or_failed_to() {
    let two = || json!({"organizations": [{"name": "acme"}, {"name": "beta"}]});
    let answered = || {
        let mut chain = scanned(at("12:15"));
        chain.handled_request = Some("now".to_owned());
        unknown().with(chain)
    };
    let failed = || {
        let mut failure = failure(Reason::CredentialsRejected, at("12:40"));
        failure.request = Some("now".to_owned());
        done().failing(failure)
    };
    let echo = |acme, beta| {
        let mut case = Case::new(two(), [("acme", acme), ("beta", beta)]).with_request("now");
        case.seen("12:16").last_handled_request
    };
    assert_eq!(echo(answered(), answered()).as_deref(), Some("now"));
    assert_eq!(echo(answered(), failed()).as_deref(), Some("now"));
    assert_eq!(echo(answered(), done()), None);
    assert_eq!(echo(answered(), unknown()), None);
}

#[test]
fn the_next_of_equal_distances_stays_the_same_however_often_one_looks() {
    let mut case = Case::new(json!({"schedule": "@every 7m"}), [("acme", done())]);
    for time in ["12:15", "12:18", "12:21:59"] {
        let next = case.seen(time).next_schedule_time;
        assert_eq!(next, Some(whole_seconds(at("12:22"))), "{time}");
    }
}

#[test]
fn the_slots_that_ran_last_and_come_next_are_told() {
    let mut case = Case::acme(done());
    let status = case.seen("12:16");
    assert_eq!(status.last_schedule_time, Some(whole_seconds(at("12:15"))));
    assert_eq!(status.next_schedule_time, Some(whole_seconds(at("12:30"))));
    let chain = case.restarted().seen("12:17");
    assert_eq!(chain.last_schedule_time, Some(whole_seconds(at("12:15"))));
}

#[test]
fn the_latest_missed_slot_is_told_and_kept() {
    let mut case = Case::acme(done());
    let observed = Observed {
        plan: &case.plan,
        progress: &case.progress,
        counts: case.counts,
        missed: Some(at("12:30")),
        now: at("12:35"),
    };
    case.policy.status = Some(compute(&case.policy, &observed));
    assert_eq!(
        case.seen("12:46").last_missed_time,
        Some(whole_seconds(at("12:30")))
    );
}

#[test]
fn debts_are_listed_oldest_first_and_counted_beyond_what_is_listed() {
    let mut chain = scanned(at("12:15"));
    for minute in 0..25 {
        chain.debts.push(Debt {
            repository: Some(format!("repository-{minute}")),
            since: at("12:14") - jiff::SignedDuration::from_mins(minute),
            reason: "x".repeat(1000),
        });
    }
    let status = Case::acme(unknown().with(chain)).seen("12:16");
    let acme = &status.organizations[0];
    assert_eq!((acme.debts.len(), acme.debt_count), (20, Some(25)));
    assert_eq!(acme.debts[0].repository.as_deref(), Some("repository-24"));
    assert_eq!(acme.debts[0].reason.len(), 512);
}

#[test]
fn a_failing_organization_owes_from_the_end_of_its_last_window() {
    let status = Case::acme(failing(Reason::GitHubUnavailable)).seen("12:31");
    let debts = &status.organizations[0].debts;
    assert_eq!(debts[0].since, whole_seconds(at("12:15")));
    assert_eq!(
        debts[0].reason,
        "GitHubUnavailable: organization acme: GitHubUnavailable"
    );
    assert_eq!(
        status.last_checked_time,
        Some(whole_seconds(at("12:15"))),
        "it does not move"
    );
}

#[test]
fn an_organization_that_left_the_policy_leaves_its_status() {
    let left = unknown()
        .with(scanned(at("12:45")))
        .failing(failure(Reason::OrganizationNotFound, at("12:50")));
    let status = Case::acme(done())
        .knowing([("acme", done()), ("gone", left)])
        .seen("12:46");
    assert_eq!(status.organizations.len(), 1);
    assert_eq!(ready(&status), "True/Succeeded");
    assert_eq!(status.last_schedule_time, Some(whole_seconds(at("12:15"))));
}

#[test]
fn credentials_expire_when_the_first_of_them_does() {
    let expiring = |time: &str| {
        let mut known = done();
        known.credentials_expiration = Some(at(time));
        known
    };
    let two = json!({"organizations": [{"name": "acme"}, {"name": "beta"}]});
    let mut case = Case::new(
        two,
        [("acme", expiring("18:00")), ("beta", expiring("17:00"))],
    );
    assert_eq!(
        case.seen("12:16").credentials_expiration_time,
        Some(whole_seconds(at("17:00")))
    );
    assert_eq!(
        case.restarted().seen("12:17").credentials_expiration_time,
        Some(whole_seconds(at("17:00")))
    );
}

#[test]
fn an_entry_goes_back_only_where_a_person_adopted_an_archive_that_lacks_it() {
    let mut chain = scanned(at("12:15"));
    let lost = PublishedEntry {
        genesis: chain.genesis_digest,
        sequence: 9,
        digest: Digest::of(b"lost"),
    };
    assert!(!organization::goes_back(&chain, &lost), "nobody decided it");
    let mismatch = Mismatch::Entry {
        sequence: 9,
        archived: None,
        claimed: lost.digest,
    };
    chain.adopted = Some(Adopted {
        lost: BTreeSet::new(),
        sequence: 2,
        at: at("12:16"),
        reason: Some("restored".to_owned()),
        expected: mismatch.expected(),
    });
    assert!(organization::goes_back(&chain, &lost));
    let other = PublishedEntry {
        digest: Digest::of(b"another"),
        ..lost.clone()
    };
    assert!(
        !organization::goes_back(&chain, &other),
        "it was about another entry"
    );
    let before = PublishedEntry {
        sequence: 1,
        ..lost
    };
    assert!(
        !organization::goes_back(&chain, &before),
        "that is no way back"
    );
}
