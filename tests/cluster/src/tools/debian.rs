//! Unpacks tools from Debian's packages, without installing them: no root, no daemon, no user account.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::{
    Tool,
    cache::{Filling, Slot},
    installed_or_in,
};
use crate::{environment, progress::Step};

/// A binary package of Debian.
#[derive(Debug)]
pub(crate) struct Package {
    name: &'static str,
    /// A directory of the package that a program reads by this path, which is absolute and compiled in.
    data: Option<&'static str>,
}

/// prometheus and promtool.
pub(crate) const PROMETHEUS: Package = Package {
    name: "prometheus",
    data: None,
};
/// prometheus-alertmanager and amtool.
pub(crate) const ALERTMANAGER: Package = Package {
    name: "prometheus-alertmanager",
    // Debian took the default templates out of the program.
    data: Some("/usr/share/prometheus/alertmanager"),
};

// === impl Package ===

impl Package {
    /// Each program's file: installed, else from the cache, else unpacked into it.
    pub(crate) fn find_or_fetch<const N: usize>(&self, tools: [Tool; N]) -> Result<[PathBuf; N]> {
        let installed = tools.each_ref().map(Tool::find_on_path);
        // Whatever version is in the cache is good: only a machine without any asks the package lists.
        let cached = self.cached()?;
        for directory in std::iter::once(None).chain(cached.iter().map(Some)) {
            if let Some(files) =
                installed_or_in(directory.map(PathBuf::as_path), &installed, &tools)
            {
                return Ok(files);
            }
        }
        let names = tools.each_ref().map(Tool::name).join(", ");
        self.fetch(&tools)
            .and_then(|slot| {
                let found = installed_or_in(Some(slot.directory()), &installed, &tools);
                found.with_context(|| format!("finding them in {}", slot.directory().display()))
            })
            .with_context(|| format!("bringing {names} from Debian's package {}; where that cannot be had, install Prometheus and Alertmanager on PATH", self.name))
    }

    /// The cache's directories of this package, the highest name first.
    fn cached(&self) -> Result<Vec<PathBuf>> {
        let cache = environment::tool_cache()?;
        let prefix = format!("debian-{}_", self.name);
        // No cache yet is an empty one.
        let entries = fs::read_dir(cache).into_iter().flatten().flatten();
        let mut directories: Vec<_> = entries
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect();
        directories.sort_by(|a, b| b.cmp(a));
        Ok(directories)
    }

    /// Unpacks the version that apt's lists name. Lists may be absent, or so old that the file they name is gone: then
    /// they are updated, which only root may, and it is tried once more.
    fn fetch(&self, tools: &[Tool]) -> Result<Slot> {
        self.fetch_listed(tools).or_else(|first| {
            if run("id", &["-u"], Path::new("/"))?.trim() != "0" {
                return Err(
                    first.context("apt's lists may be out of date: run `apt-get update` as root")
                );
            }
            run("apt-get", &["update", "--quiet"], Path::new("/"))?;
            self.fetch_listed(tools)
        })
    }

    fn fetch_listed(&self, tools: &[Tool]) -> Result<Slot> {
        let version = self.candidate()?;
        let slot = Slot::named(&format!("debian-{}_{version}", self.name))?;
        let filling = slot.fill()?;
        if tools
            .iter()
            .any(|tool| tool.file_in(slot.directory()).is_none())
        {
            self.unpack(&version, tools, &filling)?;
        }
        drop(filling);
        Ok(slot)
    }

    /// The version that apt would install.
    fn candidate(&self) -> Result<String> {
        let policy = run("apt-cache", &["policy", self.name], Path::new("/"))?;
        let candidate = policy
            .lines()
            .find_map(|line| line.trim().strip_prefix("Candidate: "));
        candidate
            .filter(|version| *version != "(none)")
            .map(str::to_owned)
            .context("apt's lists have no such package")
    }

    fn unpack(&self, version: &str, tools: &[Tool], filling: &Filling<'_>) -> Result<()> {
        let step = Step::start(
            format!("unpacking Debian's {} {version}", self.name),
            "(seconds)",
        );
        let workshop = filling.workshop()?;
        let directory = workshop.path();
        run(
            "apt-get",
            &["download", "--quiet", &format!("{}={version}", self.name)],
            directory,
        )?;
        // Its name is the version's in another spelling.
        run("sh", &["-c", "exec dpkg -x ./*.deb ."], directory)?;
        if let Some(data) = self.data {
            filling.put_tree(directory, data.trim_start_matches('/'))?;
        }
        for tool in tools {
            let file = tool.file_in(&directory.join("usr/bin"));
            let file = file.with_context(|| format!("{} is not in the package", tool.name()))?;
            if let Some(data) = self.data {
                read_data_from_working_directory(&file, data)?;
            }
            filling.put(&file)?;
        }
        step.done();
        Ok(())
    }
}

/// Makes a program that is not installed find its data: the path in the program becomes a relative one of the same length
/// (`/usr/share/a/b` → `usr/share/a//b`), so the program must run in the directory that holds `usr`. The other ways need
/// root (to install the package) or user namespaces (to mount the directory where it belongs).
fn read_data_from_working_directory(program: &Path, data: &str) -> Result<()> {
    let relative =
        relative_of_same_length(data).with_context(|| format!("{data} is no absolute path"))?;
    let mut bytes = fs::read(program).with_context(|| format!("reading {}", program.display()))?;
    let places: Vec<_> = bytes
        .windows(data.len())
        .enumerate()
        .filter(|(_, window)| *window == data.as_bytes())
        .map(|(place, _)| place)
        .collect();
    for place in places {
        bytes[place..place + data.len()].copy_from_slice(relative.as_bytes());
    }
    // Written in place: the file keeps its mode.
    fs::write(program, bytes).with_context(|| format!("writing {}", program.display()))
}

fn relative_of_same_length(path: &str) -> Option<String> {
    let (directory, name) = path.strip_prefix('/')?.rsplit_once('/')?;
    Some(format!("{directory}//{name}"))
}

/// What a command prints, or why it failed.
fn run(program: &str, arguments: &[&str], directory: &Path) -> Result<String> {
    let what = || format!("running `{program} {}`", arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .with_context(what)?;
    if !output.status.success() {
        bail!(
            "{}: {}: {}",
            what(),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiled_in_path_becomes_relative_without_moving_what_follows() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("program");
        fs::write(&program, b"ELF /usr/share/a/ui /usr/share/b /usr/share/a!").unwrap();
        read_data_from_working_directory(&program, "/usr/share/a").unwrap();
        assert_eq!(
            fs::read(&program).unwrap(),
            b"ELF usr/share//a/ui /usr/share/b usr/share//a!"
        );
    }
}
