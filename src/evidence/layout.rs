//! Where everything lies inside an archive: pure, so that a reader without this program finds it by the same rules.

use object_store::path::Path;

use crate::digest::Digest;

/// Which chain: one per policy and organization.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId {
    /// The policy's namespace; `default` without a cluster.
    pub namespace: String,
    /// The policy's name.
    pub policy: String,
    /// The organization's `databaseId`, which survives a rename.
    pub organization_id: i64,
}

// === impl ChainId ===

impl ChainId {
    /// `<namespace>/<policy>/<organization id>`: everything of the chain lies below it.
    ///
    /// Characters that no Kubernetes name has are percent-encoded, so that no name leads out of its own folder.
    pub fn folder(&self) -> Path {
        let organization_id = self.organization_id.to_string();
        Path::from_iter([
            self.namespace.as_str(),
            self.policy.as_str(),
            organization_id.as_str(),
        ])
    }

    /// `entries/<number>.json` in the folder, the number with twenty digits, so that names sort as numbers do.
    pub fn entry(&self, sequence: u64) -> Path {
        self.folder()
            .join("entries")
            .join(format!("{sequence:020}.json"))
    }

    /// `records/<digest>.jsonl.gz` in the folder.
    pub fn records(&self, digest: &Digest) -> Path {
        self.folder()
            .join("records")
            .join(format!("{}.jsonl.gz", digest.to_hex()))
    }

    /// `snapshots/<digest>.json.gz` in the folder.
    pub fn snapshot(&self, digest: &Digest) -> Path {
        self.folder()
            .join("snapshots")
            .join(format!("{}.json.gz", digest.to_hex()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> ChainId {
        ChainId {
            namespace: "compliance".into(),
            policy: "soc2-cc8-1".into(),
            organization_id: 42,
        }
    }

    #[test]
    fn objects_lie_where_the_design_says() {
        let digest = Digest::of(b"");
        assert_eq!(
            chain().entry(7).as_ref(),
            "compliance/soc2-cc8-1/42/entries/00000000000000000007.json"
        );
        assert_eq!(
            chain().entry(u64::MAX).as_ref(),
            "compliance/soc2-cc8-1/42/entries/18446744073709551615.json"
        );
        assert_eq!(
            chain().records(&digest).as_ref(),
            "compliance/soc2-cc8-1/42/records/\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.jsonl.gz"
        );
        assert_eq!(
            chain().snapshot(&digest).as_ref(),
            "compliance/soc2-cc8-1/42/snapshots/\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.json.gz"
        );
    }

    #[test]
    fn no_name_leads_out_of_its_folder() {
        let hostile = ChainId {
            namespace: "..".into(),
            policy: "a/../../b".into(),
            organization_id: -1,
        };
        assert_eq!(hostile.folder().as_ref(), "%2E%2E/a%2F..%2F..%2Fb/-1");
    }
}
