//! The table: for each kind of failure its reason and when it is tried again.

use super::*;
use crate::controller::fixtures::at;
use crate::evidence;
use crate::evidence::state::Mismatch;
use crate::github::Limit;

const NOW: &str = "12:00";

/// The reason, and after how many seconds it is tried again, at the given attempt.
#[track_caller]
fn follows(error: impl Into<Error>, attempts: u32) -> (Reason, i64) {
    let failure = error.into().to_failure("acme", attempts, at(NOW));
    assert_eq!(failure.attempts, attempts + 1);
    assert!(
        failure.message.starts_with("organization acme: "),
        "{}",
        failure.message
    );
    let wait = failure.retry_at.duration_since(at(NOW));
    (failure.reason, wait.as_secs())
}

fn github(source: github::Error) -> Error {
    let what = "organization acme".to_owned();
    let source = Box::new(source);
    Error::Scan(scan::Error::GitHub { what, source })
}

fn denied() -> github::Error {
    github::Error::Denied {
        operation: "organization",
        subject: "acme".into(),
        status: 401,
        message: "Bad credentials".into(),
        permissions: None,
        sso: None,
    }
}

fn unavailable() -> github::Error {
    github::Error::Unavailable {
        operation: "search",
        subject: "acme".into(),
        reason: "status 502".into(),
        attempts: 4,
    }
}

fn throttled(until: &str) -> github::Error {
    github::Error::Throttled {
        until: at(until),
        limit: Limit::Primary,
    }
}

fn missing() -> resolve::Error {
    resolve::Error::Missing {
        namespace: "compliance".into(),
        name: "github".into(),
    }
}

#[test]
fn a_refusal_names_the_organization_once_and_the_secret_to_mend() {
    let error = github(denied());
    let message = error.to_failure("acme", 0, at(NOW)).message + &error.remedy("github");
    assert_eq!(
        message,
        "organization acme: GitHub denied organization for acme: 401 Bad credentials; the credentials in Secret github are wrong, \
         expired or revoked: put valid ones there"
    );
    let permission = github::Error::Denied {
        operation: "Organization",
        subject: "organization acme".into(),
        status: 403,
        message: "Resource not accessible by integration".into(),
        permissions: None,
        sso: None,
    };
    let remedy = github(permission).remedy("github");
    assert!(remedy.contains("Secret github the access"), "{remedy}");
    assert_eq!(github(unavailable()).remedy("github"), "");
}

#[test]
fn waits_double_up_to_the_longest() {
    let waits: Vec<i64> = (0..9)
        .map(|attempts| back_off(attempts).as_secs())
        .collect();
    assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
    assert_eq!(back_off(u32::MAX), LONGEST);
}

#[test]
fn credentials_that_are_missing_or_wrong_are_looked_for_again_in_half_a_minute() {
    let name = || "github".to_owned();
    let lacking = resolve::Error::KeyMissing {
        name: name(),
        missing: "token",
    };
    let no_text = resolve::Error::Malformed {
        name: name(),
        key: "token",
        problem: "no UTF-8 text",
    };
    let opaque = resolve::Error::WrongType {
        name: name(),
        found: "Opaque".into(),
    };
    assert_eq!(follows(missing(), 7), (Reason::CredentialsMissing, 30));
    assert_eq!(follows(lacking, 7), (Reason::CredentialsMissing, 30));
    assert_eq!(follows(no_text, 7), (Reason::CredentialsMissing, 30));
    assert_eq!(follows(opaque, 7), (Reason::CredentialsWrongType, 30));
    let no_key = github::Error::Invalid {
        operation: "authentication",
        subject: "api.github.com".into(),
        message: "the App's private key is no RSA key in PEM".into(),
    };
    assert_eq!(
        follows(
            Error::Client {
                secret: name(),
                source: Box::new(no_key)
            },
            7
        ),
        (Reason::CredentialsRejected, 30)
    );
}

#[test]
fn what_github_denies_waits_for_a_person() {
    assert_eq!(
        follows(github(denied()), 0),
        (Reason::CredentialsRejected, 600)
    );
    let absent = github::Error::NotFound {
        subject: "organization acme".into(),
    };
    assert_eq!(
        follows(github(absent), 0),
        (Reason::OrganizationNotFound, 600)
    );
}

#[test]
fn a_rate_limit_is_waited_out_to_the_second_that_github_names() {
    assert_eq!(
        follows(github(throttled("12:40")), 3),
        (Reason::RateLimited, 40 * 60)
    );
    // A clock that is ahead of GitHub's does not make it ask at once, again and again.
    assert_eq!(
        follows(github(throttled("11:59")), 3),
        (Reason::RateLimited, 5)
    );
}

#[test]
fn what_may_pass_is_tried_again_with_growing_waits() {
    assert_eq!(
        follows(github(unavailable()), 0),
        (Reason::GitHubUnavailable, 5)
    );
    assert_eq!(
        follows(github(unavailable()), 3),
        (Reason::GitHubUnavailable, 40)
    );
    let contended = || Error::Scan(scan::Error::Contended(3));
    assert_eq!(follows(contended(), 2), (Reason::EvidenceNotStored, 20));
    let vanished = || Error::Scan(scan::Error::Vanished);
    assert_eq!(follows(vanished(), 0), (Reason::EvidenceNotStored, 5));
    let full = evidence::Error::OutOfPlace {
        path: "entries/0.json".into(),
    };
    let not_stored = scan::Error::Evidence {
        what: "committing the run",
        source: Box::new(full),
    };
    assert_eq!(follows(not_stored, 1), (Reason::EvidenceNotStored, 10));
}

#[test]
fn a_mismatched_archive_waits_for_a_person() {
    let mismatch = Mismatch::Organization {
        archived: 1,
        expected: 2,
    };
    assert_eq!(
        follows(scan::Error::Mismatch(Box::new(mismatch)), 0),
        (Reason::ArchiveMismatch, 600)
    );
}

#[test]
fn a_missing_secret_is_named_with_what_to_do() {
    let failure = Error::from(missing()).to_failure("acme", 0, at(NOW));
    assert_eq!(
        failure.message,
        "organization acme: Secret github does not exist in namespace compliance; create it with type mergeaudit.io/github and the key token"
    );
}

#[test]
fn a_message_tells_the_whole_chain_of_causes_once() {
    let failure = github(unavailable()).to_failure("acme", 0, at(NOW));
    assert_eq!(
        failure.message,
        "organization acme: GitHub does not answer search for acme: status 502 (4 attempts)"
    );
}
