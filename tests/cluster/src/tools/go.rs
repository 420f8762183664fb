//! Builds tools from the Go modules pinned in `tools/*/go.mod`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use aws_lc_rs::digest;

use super::{
    Tool,
    cache::{Filling, Slot},
    installed_or_in,
    version::Version,
};
use crate::{
    process::{Launch, Process},
    progress::Step,
};

/// A Go module that pins programs with `tool` lines.
#[derive(Debug)]
pub(crate) struct Module {
    name: &'static str,
    go_mod: &'static str,
    go_sum: &'static str,
    /// The module whose version is the programs' version.
    source: &'static str,
    /// The package of a program: this, and the program's name if it ends with a slash.
    package: &'static str,
    /// Where the programs expect their version from the linker.
    version_packages: &'static [&'static str],
    /// What a first build takes, in words.
    duration: &'static str,
}

/// kube-apiserver, kube-controller-manager and kubectl.
pub(crate) const KUBERNETES: Module = Module {
    name: "kubernetes",
    go_mod: include_str!("../../tools/kubernetes/go.mod"),
    go_sum: include_str!("../../tools/kubernetes/go.sum"),
    source: "k8s.io/kubernetes",
    package: "k8s.io/kubernetes/cmd/",
    version_packages: &[
        "k8s.io/component-base/version",
        "k8s.io/client-go/pkg/version",
    ],
    duration: "about 9 minutes the first time on 2 cores",
};

/// etcd.
pub(crate) const ETCD: Module = Module {
    name: "etcd",
    go_mod: include_str!("../../tools/etcd/go.mod"),
    go_sum: include_str!("../../tools/etcd/go.sum"),
    source: "go.etcd.io/etcd/server/v3",
    package: "go.etcd.io/etcd/server/v3",
    version_packages: &[],
    duration: "about a minute the first time on 2 cores",
};

/// helm.
pub(crate) const HELM: Module = Module {
    name: "helm",
    go_mod: include_str!("../../tools/helm/go.mod"),
    go_sum: include_str!("../../tools/helm/go.sum"),
    source: "helm.sh/helm/v3",
    package: "helm.sh/helm/v3/cmd/",
    version_packages: &[],
    duration: "about 3 minutes the first time on 2 cores",
};

/// The date that the programs tell: fixed, so that every build of a version is the same.
const BUILD_DATE: &str = "2026-05-01T00:00:00Z";

/// What a build takes from nobody's settings: static programs, our flags, our go.mod, the compiler that the digest names.
const GO_ENVIRONMENT: [(&str, &str); 4] = [
    ("CGO_ENABLED", "0"),
    ("GOFLAGS", ""),
    ("GOWORK", "off"),
    ("GOTOOLCHAIN", "local"),
];

// === impl Module ===

impl Module {
    /// Each program's file: installed, else from the cache, else built into it.
    pub(crate) fn find_or_build<const N: usize>(&self, tools: [Tool; N]) -> Result<[PathBuf; N]> {
        let installed = tools
            .each_ref()
            .map(|tool| tool.find_in_assets().or_else(|| tool.find_on_path()));
        if let Some(files) = installed_or_in(None, &installed, &tools) {
            return Ok(files);
        }
        let names = tools.each_ref().map(Tool::name).join(", ");
        let flags = self.linker_flags()?;
        let compiler = self.compiler().with_context(|| {
            format!("building {names} (or set KUBEBUILDER_ASSETS to a directory that has them)")
        })?;
        let slot = Slot::named(&format!("{}-{}", self.name, self.digest(&flags, &compiler)))?;
        let find = || installed_or_in(Some(slot.directory()), &installed, &tools);
        if let Some(files) = find() {
            return Ok(files);
        }
        self.fill(&slot, &tools, &installed, &flags)?;
        find().with_context(|| {
            format!(
                "finding {names} in {} after the build",
                slot.directory().display()
            )
        })
    }

    /// Builds what is neither installed nor in the slot, where another process may have put it meanwhile.
    fn fill(
        &self,
        slot: &Slot,
        tools: &[Tool],
        installed: &[Option<PathBuf>],
        flags: &str,
    ) -> Result<()> {
        let filling = slot.fill()?;
        let is_missing = |tool: &Tool| tool.file_in(slot.directory()).is_none();
        let wanted = tools
            .iter()
            .zip(installed)
            .filter(|(_, found)| found.is_none());
        let missing: Vec<_> = wanted
            .map(|(tool, _)| tool)
            .filter(|tool| is_missing(tool))
            .map(Tool::name)
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            self.build(&missing, flags, &filling)
        }
    }

    /// `go version`'s words, if that is new enough for the module.
    fn compiler(&self) -> Result<String> {
        let wanted = self.required("go ")?;
        let advice = || format!("install Go {wanted} or newer (https://go.dev/doc/install)");
        let output = Command::new("go")
            .arg("version")
            .env("GOTOOLCHAIN", "local")
            .output();
        let output = output.with_context(|| format!("running `go version`; {}", advice()))?;
        let words = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let version = Version::find(&words)
            .with_context(|| format!("`go version` says {words:?}; {}", advice()))?;
        ensure!(
            Some(version) >= Version::find(wanted),
            "{words} is too old; {}",
            advice()
        );
        Ok(words)
    }

    /// Programs built without their version call themselves v0.0.0-master, and kube-apiserver then refuses to start.
    fn linker_flags(&self) -> Result<String> {
        let release = self.required(&format!("{} ", self.source))?;
        let version = Version::find(release)
            .with_context(|| format!("reading the version {release:?} of {}", self.source))?;
        let variables = [
            ("gitVersion", release),
            ("gitMajor", &version.major.to_string()),
            ("gitMinor", &version.minor.to_string()),
            ("gitTreeState", "clean"),
            ("gitCommit", "0000000"),
            ("buildDate", BUILD_DATE),
        ];
        let mut flags = vec!["-s -w".to_owned()];
        for package in self.version_packages {
            flags.extend(variables.map(|(name, value)| format!("-X {package}.{name}={value}")));
        }
        Ok(flags.join(" "))
    }

    /// The word after `prefix` on the line of go.mod that starts with it.
    fn required(&self, prefix: &str) -> Result<&'static str> {
        let rest = self
            .go_mod
            .lines()
            .find_map(|line| line.trim_start().strip_prefix(prefix));
        rest.and_then(|rest| rest.split_whitespace().next())
            .with_context(|| format!("finding {prefix:?} in tools/{}/go.mod", self.name))
    }

    /// Everything that the programs depend on, in 16 hexadecimal digits.
    fn digest(&self, flags: &str, compiler: &str) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [self.go_mod, self.go_sum, flags, compiler] {
            context.update(part.as_bytes());
            context.update(&[0]);
        }
        let digest = context.finish();
        let first = digest.as_ref().iter().take(8);
        format!(
            "{:016x}",
            first.fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
        )
    }

    fn build(&self, programs: &[&str], flags: &str, filling: &Filling<'_>) -> Result<()> {
        let workshop = filling.workshop()?;
        // A copy: building never touches the source tree, and needs none at run time.
        fs::write(workshop.path().join("go.mod"), self.go_mod).context("writing go.mod")?;
        fs::write(workshop.path().join("go.sum"), self.go_sum).context("writing go.sum")?;
        let output = workshop.path().join("bin");
        fs::create_dir(&output).with_context(|| format!("creating {}", output.display()))?;
        self.run_go_build(programs, flags, workshop.path())?;
        for program in programs {
            filling.put(&output.join(program))?;
        }
        Ok(())
    }

    fn run_go_build(&self, programs: &[&str], flags: &str, workshop: &Path) -> Result<()> {
        let what = format!("building {}", programs.join(", "));
        let mut step = Step::start(&what, &format!("({})", self.duration));
        let mut process = Process::start(Launch {
            name: "go build",
            program: Path::new("go"),
            arguments: self.go_arguments(programs, flags),
            environment: GO_ENVIRONMENT
                .map(|(name, value)| (name, value.to_owned()))
                .into(),
            working_directory: workshop,
            log: workshop.join("build.log"),
            scratch: Some(workshop),
        })?;
        let status = loop {
            if let Some(status) = process.exit_status()? {
                break status;
            }
            step.tick();
            std::thread::sleep(Duration::from_millis(200));
        };
        ensure!(
            status.success(),
            "{what}: go build ended with {status}:\n{}",
            process.log_tail()
        );
        step.done();
        Ok(())
    }

    fn go_arguments(&self, programs: &[&str], flags: &str) -> Vec<String> {
        // One package keeps its program's name only when the output names it: etcd's package is called `v3`.
        let output = if let [program] = programs {
            format!("bin/{program}")
        } else {
            "bin/".to_owned()
        };
        let fixed = ["build", "-trimpath", "-ldflags", flags, "-o", &output].map(String::from);
        fixed
            .into_iter()
            .chain(programs.iter().map(|program| self.package_of(program)))
            .collect()
    }

    fn package_of(&self, program: &str) -> String {
        if self.package.ends_with('/') {
            format!("{}{program}", self.package)
        } else {
            self.package.to_owned()
        }
    }
}
