//! The help, as somebody reads it who sees it for the first time.

use crate::place::{Ended, mergeaudit};

fn help(arguments: &[&str]) -> String {
    let ended = Ended::of(mergeaudit().env("COLUMNS", "100").args(arguments));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    ended.stdout
}

#[test]
fn the_help_of_every_command() {
    insta::assert_snapshot!("root", help(&["--help"]));
    insta::assert_snapshot!("controller", help(&["controller", "--help"]));
    insta::assert_snapshot!("scan", help(&["scan", "--help"]));
    insta::assert_snapshot!("scan_short", help(&["scan", "-h"]));
    insta::assert_snapshot!("backtest", help(&["backtest", "--help"]));
    insta::assert_snapshot!("explain", help(&["explain", "--help"]));
    insta::assert_snapshot!("verify", help(&["verify", "--help"]));
    insta::assert_snapshot!("acknowledge", help(&["acknowledge", "--help"]));
    insta::assert_snapshot!("crd", help(&["crd", "--help"]));
    insta::assert_snapshot!("completion", help(&["completion", "--help"]));
}

#[test]
fn no_token_can_be_seen_in_the_help() {
    let token = "ghp_inTheEnvironment";
    for flag in ["-h", "--help"] {
        let ended = Ended::of(mergeaudit().env("GITHUB_TOKEN", token).args(["scan", flag]));
        assert!(
            !ended.stdout.contains(token) && !ended.stdout.contains("--token "),
            "{}",
            ended.stdout
        );
        assert!(ended.stdout.contains("GITHUB_TOKEN"), "{}", ended.stdout);
    }
}

#[test]
fn nothing_is_explained_in_markdown() {
    for command in ["controller", "scan", "backtest", "explain", "verify", "crd"] {
        assert!(!help(&[command, "--help"]).contains('`'), "{command}");
    }
}

#[test]
fn the_version_is_that_of_the_crate() {
    assert_eq!(
        help(&["--version"]),
        format!("mergeaudit {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn without_a_command_the_help_is_shown_and_nothing_runs() {
    let ended = Ended::of(&mut mergeaudit());
    assert_eq!((ended.code, ended.stdout.as_str()), (3, ""));
    assert!(
        ended.stderr.contains("Usage: mergeaudit"),
        "{}",
        ended.stderr
    );
}

/// Bash itself loads the script and is asked for what a person would type next.
#[test]
fn bash_completes_commands_and_their_flags() {
    let completed = |words: &str, last: usize| {
        let script = format!(
            "source <(mergeaudit completion bash); COMP_WORDS=({words}); COMP_CWORD={last}; \
             _mergeaudit mergeaudit \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{last}-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_mergeaudit"));
        let directory = program.parent().expect("a directory");
        let path = format!("{}:{}", directory.display(), env!("PATH"));
        let mut bash = std::process::Command::new("bash");
        Ended::of(bash.env("PATH", path).args(["-c", &script])).stdout
    };
    assert_eq!(completed("mergeaudit ack", 1), "acknowledge\n");
    assert_eq!(completed("mergeaudit scan --evid", 2), "--evidence\n");
}
