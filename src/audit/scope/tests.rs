//! Tests of globs and scopes.

use super::*;

fn scope(include: &[&str], exclude: &[&str], branches: &[&str]) -> Result<Scope, InvalidGlob> {
    let owned = |texts: &[&str]| -> Vec<String> { texts.iter().map(|&it| it.to_owned()).collect() };
    Scope::new("acme", &owned(include), &owned(exclude), &owned(branches))
}

fn repository(name: &str, archived: bool) -> Repository {
    Repository {
        id: 1,
        name: name.to_owned(),
        default_branch: Some("main".to_owned()),
        archived,
    }
}

#[test]
fn repositories_are_audited_unless_the_policy_or_their_state_leaves_them_out() {
    let skipped = RepositoryScope::Skipped;
    let scope = scope(&["pay*", "web"], &["*-sandbox"], &[]).unwrap();
    for (name, archived, expected) in [
        ("payments", false, RepositoryScope::InScope),
        ("PAYMENTS", false, RepositoryScope::InScope),
        ("web", false, RepositoryScope::InScope),
        ("website", false, skipped(SkipReason::NotIncluded)),
        ("website", true, skipped(SkipReason::NotIncluded)),
        ("pay-sandbox", false, skipped(SkipReason::Excluded)),
        ("Pay-Sandbox", true, skipped(SkipReason::Excluded)),
        ("payments", true, skipped(SkipReason::Archived)),
    ] {
        let found = scope.repository(&repository(name, archived));
        assert_eq!(found, expected, "{name}, archived: {archived}");
    }
    assert_eq!(scope.organization(), "acme");
}

#[test]
fn without_include_globs_every_repository_is_audited() {
    let scope = scope(&[], &[], &[]).unwrap();
    let found = scope.repository(&repository(".github", false));
    assert_eq!(found, RepositoryScope::InScope);
}

#[test]
fn branches_are_named_by_globs_that_stay_within_a_part() {
    for (glob, branch, expected) in [
        ("@default", "main", true),
        ("@default", "develop", false),
        ("@default", "@default", false),
        ("[@]default", "@default", true),
        ("main", "Main", false),
        ("release/*", "release/1.2", true),
        ("release/*", "release/1.2/fix", false),
        ("release/*", "release", false),
        ("release/**", "release/1.2/fix", true),
        ("*", "main", true),
        ("*", "feature/a", false),
        ("**", "feature/a", true),
        ("v[0-9]", "v1", true),
        ("{main,develop}", "develop", true),
    ] {
        let scope = scope(&[], &[], &[glob]).unwrap();
        let found = scope.branch(branch, Some("main"));
        assert_eq!(found, expected, "{glob} on {branch}");
    }
}

#[test]
fn a_repository_without_a_default_branch_has_none_that_is_audited_as_such() {
    let scope = scope(&[], &[], &["@default"]).unwrap();
    assert!(!scope.branch("main", None));
    assert!(scope.branch("trunk", Some("trunk")));
}

#[test]
fn an_invalid_glob_is_named_with_its_field() {
    let field = |found: Result<Scope, InvalidGlob>| found.unwrap_err().field;
    let include = scope(&["a{b"], &[], &[]);
    assert_eq!(
        include.as_ref().unwrap_err().to_string(),
        "\"a{b\" in organizations.repositories.include is no glob: unclosed alternate group; missing '}' \
         (maybe escape '{' with '[{]'?); put [ ] around a character that is meant literally"
    );
    assert_eq!(field(include), "organizations.repositories.include");
    assert_eq!(
        field(scope(&[], &["[z-a]"], &[])),
        "organizations.repositories.exclude"
    );
    assert_eq!(field(scope(&[], &[], &["["])), "branches");
}

#[test]
fn skip_reasons_are_written_as_in_the_archive() {
    let reasons = [
        SkipReason::Archived,
        SkipReason::Excluded,
        SkipReason::NotIncluded,
    ];
    let names = reasons.map(SkipReason::as_str);
    assert_eq!(names, ["Archived", "Excluded", "NotIncluded"]);
}
