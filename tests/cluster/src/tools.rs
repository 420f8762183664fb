//! Finds the programs that a cluster consists of, and builds or unpacks those that this machine does not have.
//!
//! Looked for in this order: the directory `KUBEBUILDER_ASSETS` (Kubernetes and etcd), then `PATH` (both only where the
//! version is new enough), then the cache under `${XDG_CACHE_HOME:-~/.cache}/mergeaudit/tools`, which is filled on first use: Kubernetes and etcd
//! from the pinned Go modules in `tools/`, Prometheus and Alertmanager from Debian's packages (unpacked, not installed).

mod cache;
mod debian;
mod go;
mod version;

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::{environment, progress};
use version::Version;

/// What a control plane needs.
#[derive(Clone, Debug)]
pub struct ControlPlaneTools {
    /// etcd 3.5.13 or newer.
    pub etcd: PathBuf,
    /// kube-apiserver 1.33 or newer.
    pub kube_apiserver: PathBuf,
    /// kube-controller-manager 1.33 or newer.
    pub kube_controller_manager: PathBuf,
    /// kubectl 1.33 or newer.
    pub kubectl: PathBuf,
}

/// What monitoring needs.
#[derive(Clone, Debug)]
pub struct MonitoringTools {
    /// Prometheus 2.42 or newer.
    pub prometheus: PathBuf,
    /// Its companion that checks and tests rules.
    pub promtool: PathBuf,
    /// Alertmanager 0.25 or newer.
    pub alertmanager: PathBuf,
    /// Its companion that checks configurations and routes.
    pub amtool: PathBuf,
}

/// helm 3.18 or newer, found or built into the cache: about three minutes the first time on two cores. Blocks.
///
/// # Errors
/// When it must be built and Go is missing, too old or fails: the message says what to install.
pub fn find_or_build_helm() -> Result<PathBuf> {
    let [helm] = go::HELM.find_or_build([HELM])?;
    Ok(helm)
}

/// A program, and how to recognise a usable one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// The names it goes by; Debian calls alertmanager `prometheus-alertmanager`.
    pub(crate) names: &'static [&'static str],
    /// The arguments that make it print its version.
    version_arguments: &'static [&'static str],
    minimum: Version,
}

/// kube-apiserver 1.33: the version that the CRDs' rules are written for (ratcheting of CRDs is stable there).
const KUBERNETES_MINIMUM: Version = Version::new(1, 33, 0);
/// etcd 3.5.13: the first of its line with `RequestWatchProgress`, without which kube-apiserver refuses consistent lists.
const ETCD_MINIMUM: Version = Version::new(3, 5, 13);

const ETCD: Tool = Tool {
    names: &["etcd"],
    version_arguments: &["--version"],
    minimum: ETCD_MINIMUM,
};
const KUBE_APISERVER: Tool = kubernetes(&["kube-apiserver"], &["--version"]);
const KUBE_CONTROLLER_MANAGER: Tool = kubernetes(&["kube-controller-manager"], &["--version"]);
const KUBECTL: Tool = kubernetes(&["kubectl"], &["version", "--client"]);
const HELM: Tool = Tool {
    names: &["helm"],
    version_arguments: &["version", "--short"],
    minimum: Version::new(3, 18, 0),
};
const PROMETHEUS: Tool = prometheus(&["prometheus"]);
const PROMTOOL: Tool = prometheus(&["promtool"]);
const ALERTMANAGER: Tool = alertmanager(&["alertmanager", "prometheus-alertmanager"]);
const AMTOOL: Tool = alertmanager(&["amtool"]);

// === impl ControlPlaneTools ===

impl ControlPlaneTools {
    /// Finds the programs, and builds the missing ones: about ten minutes the first time on two cores, said on standard
    /// error. Blocks; test binaries that ask at the same time build once.
    ///
    /// # Errors
    /// When something must be built and Go is missing, too old or fails: the message says what to install.
    pub fn find_or_build() -> Result<Self> {
        let kubernetes = [KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBECTL];
        let [kube_apiserver, kube_controller_manager, kubectl] =
            go::KUBERNETES.find_or_build(kubernetes)?;
        let [etcd] = go::ETCD.find_or_build([ETCD])?;
        Ok(Self {
            etcd,
            kube_apiserver,
            kube_controller_manager,
            kubectl,
        })
    }
}

// === impl MonitoringTools ===

impl MonitoringTools {
    /// Finds the programs, and unpacks the missing ones from Debian's packages into the cache. Blocks.
    ///
    /// # Errors
    /// When something is missing and `apt-get` or `dpkg` cannot bring it: the message says what to install.
    pub fn find_or_fetch() -> Result<Self> {
        let [prometheus, promtool] = debian::PROMETHEUS.find_or_fetch([PROMETHEUS, PROMTOOL])?;
        let [alertmanager, amtool] = debian::ALERTMANAGER.find_or_fetch([ALERTMANAGER, AMTOOL])?;
        Ok(Self {
            prometheus,
            promtool,
            alertmanager,
            amtool,
        })
    }
}

// === impl Tool ===

impl Tool {
    /// The name that messages and our own builds use.
    pub(crate) fn name(&self) -> &'static str {
        self.names[0]
    }

    /// A new enough one in `KUBEBUILDER_ASSETS`. The user pointed there: why one is not used is said.
    fn find_in_assets(&self) -> Option<PathBuf> {
        let found = self.find_in(&environment::kubebuilder_assets()?);
        found
            .map_err(|reason| progress::say(&format!("KUBEBUILDER_ASSETS: {reason}")))
            .ok()
    }

    /// A new enough one on `PATH`.
    fn find_on_path(&self) -> Option<PathBuf> {
        let directories = environment::path_directories();
        directories
            .iter()
            .find_map(|directory| self.find_in(directory).ok())
    }

    /// The tool's file in a directory, or in words why there is none to use.
    fn find_in(&self, directory: &Path) -> Result<PathBuf, String> {
        let files = self.names.iter().map(|name| directory.join(name));
        let Some(file) = files.into_iter().find(|file| file.is_file()) else {
            return Err(format!("no {} in {}", self.name(), directory.display()));
        };
        match version::of_program(&file, self.version_arguments) {
            Some(version) if version >= self.minimum => Ok(file),
            Some(version) => Err(format!(
                "{} is {version}, older than {}",
                file.display(),
                self.minimum
            )),
            None => Err(format!("{} does not tell its version", file.display())),
        }
    }

    /// The tool's file in a directory that we filled ourselves, whose version is known.
    fn file_in(&self, directory: &Path) -> Option<PathBuf> {
        self.names
            .iter()
            .map(|name| directory.join(name))
            .find(|file| file.is_file())
    }
}

const fn kubernetes(
    names: &'static [&'static str],
    version_arguments: &'static [&'static str],
) -> Tool {
    Tool {
        names,
        version_arguments,
        minimum: KUBERNETES_MINIMUM,
    }
}

const fn prometheus(names: &'static [&'static str]) -> Tool {
    Tool {
        names,
        version_arguments: &["--version"],
        minimum: Version::new(2, 42, 0),
    }
}

const fn alertmanager(names: &'static [&'static str]) -> Tool {
    Tool {
        names,
        version_arguments: &["--version"],
        minimum: Version::new(0, 25, 0),
    }
}

/// Each tool's file: installed, else in `directory`; `None` when any is in neither place.
fn installed_or_in<const N: usize>(
    directory: Option<&Path>,
    installed: &[Option<PathBuf>; N],
    tools: &[Tool; N],
) -> Option<[PathBuf; N]> {
    let mut files: [PathBuf; N] = std::array::from_fn(|_| PathBuf::new());
    for ((file, found), tool) in files.iter_mut().zip(installed).zip(tools) {
        *file = found.clone().or_else(|| tool.file_in(directory?))?;
    }
    Some(files)
}
