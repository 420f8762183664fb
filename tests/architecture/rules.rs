//! The table of who may use whom.

/// What one module of the crate's root may use.
pub(crate) struct Rule {
    /// The module, with everything under it; `main` is the binary.
    pub(crate) module: &'static str,
    /// The other modules it may use.
    modules: &'static [&'static [&'static str]],
    /// The crates it may use.
    pub(crate) externals: Externals,
}

/// Which crates.
#[derive(Clone, Copy)]
pub(crate) enum Externals {
    /// Any.
    Any,
    /// The pure part of the standard library, and these.
    Only(&'static [&'static str]),
    /// All but these.
    AllBut(&'static [&'static str]),
}

// === impl Rule ===

impl Rule {
    pub(crate) fn may_use(&self, module: &str) -> bool {
        self.modules.iter().any(|level| level.contains(&module))
    }
}

/// Level 0.
const CORE: &[&str] = &["audit", "schedule", "digest", "clock"];
/// Level 1.
const EDGES: &[&str] = &["api", "github", "evidence", "metrics", "telemetry"];
/// Level 2.
const USE_CASE: &[&str] = &["scan"];
/// Level 3. The controller tells the server when it is ready, not the other way around.
const SHELL: &[&str] = &["controller", "server"];

/// Everything that an edge without Kubernetes has no business with.
const NOT_GITHUB: Externals = Externals::AllBut(&[
    "kube",
    "kube_runtime",
    "k8s_openapi",
    "schemars",
    "object_store",
    "prometheus",
    "axum",
    "clap",
    "anyhow",
]);
const NOT_EVIDENCE: Externals = Externals::AllBut(&[
    "kube",
    "kube_runtime",
    "k8s_openapi",
    "schemars",
    "octocrab",
    "reqwest",
    "prometheus",
    "axum",
    "clap",
    "anyhow",
]);
const NOT_OBSERVING: Externals = Externals::AllBut(&[
    "kube",
    "kube_runtime",
    "k8s_openapi",
    "schemars",
    "octocrab",
    "reqwest",
    "object_store",
    "axum",
    "clap",
    "anyhow",
]);
const NOT_API: Externals = Externals::AllBut(&[
    "octocrab",
    "reqwest",
    "object_store",
    "prometheus",
    "axum",
    "clap",
    "anyhow",
]);
const NOT_SCAN: Externals = Externals::AllBut(&[
    "kube",
    "kube_runtime",
    "k8s_openapi",
    "schemars",
    "octocrab",
    "reqwest",
    "object_store",
    "prometheus",
    "axum",
    "clap",
    "anyhow",
]);
const NOT_SHELL: Externals = Externals::AllBut(&["octocrab", "clap", "anyhow"]);
const NOT_SERVER: Externals = Externals::AllBut(&[
    "kube",
    "kube_runtime",
    "k8s_openapi",
    "schemars",
    "octocrab",
    "clap",
    "anyhow",
]);

const fn rule(
    module: &'static str,
    modules: &'static [&'static [&'static str]],
    externals: Externals,
) -> Rule {
    Rule {
        module,
        modules,
        externals,
    }
}

/// The table, from the bottom up.
pub(crate) const RULES: &[Rule] = &[
    rule(
        "digest",
        &[],
        Externals::Only(&["serde", "thiserror", "aws_lc_rs"]),
    ),
    rule("clock", &[], Externals::Only(&["jiff"])),
    rule(
        "audit",
        &[CORE],
        Externals::Only(&["jiff", "serde", "thiserror", "regex", "globset", "cel"]),
    ),
    rule(
        "schedule",
        &[CORE],
        Externals::Only(&["jiff", "serde", "thiserror"]),
    ),
    rule("api", &[CORE], NOT_API),
    rule("github", &[CORE], NOT_GITHUB),
    rule("evidence", &[CORE], NOT_EVIDENCE),
    rule("metrics", &[CORE], NOT_OBSERVING),
    rule("telemetry", &[CORE], NOT_OBSERVING),
    rule("scan", &[CORE, &["github", "evidence"]], NOT_SCAN),
    rule("server", &[CORE, EDGES, USE_CASE], NOT_SERVER),
    rule(
        "controller",
        &[CORE, EDGES, USE_CASE, &["server"]],
        NOT_SHELL,
    ),
    rule("cli", &[CORE, EDGES, USE_CASE, SHELL], Externals::Any),
    rule(
        "main",
        &[CORE, EDGES, USE_CASE, SHELL, &["cli"]],
        Externals::Any,
    ),
];

/// The files that may use the impure part of the standard library that comes after them.
pub(crate) const EXCEPTIONS: &[(&str, &str)] = &[
    // An interpreter that recurses needs a stack of its own; nothing runs there at the same time as its caller.
    ("src/audit/rules/worker.rs", "std::thread"),
];

/// Whether a path of the standard library reaches outside: files, network, environment, processes, threads, the clock.
pub(crate) fn is_impure(path: &str) -> bool {
    const IMPURE: [&str; 8] = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "std::io",
        "std::time::SystemTime",
        "std::time::Instant",
    ];
    IMPURE.iter().any(|impure| {
        path.strip_prefix(impure)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}
