//! The keys and certificates of one control plane. They live as long as its directory does and are good for nothing else.
//!
//! What each is for: <https://kubernetes.io/docs/setup/best-practices/certificates/>.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};

/// The names and addresses that kube-apiserver serves under; 10.0.0.1 is the `kubernetes` Service.
const SERVING_NAMES: [&str; 6] = [
    "localhost",
    "127.0.0.1",
    "10.0.0.1",
    "kubernetes.default.svc",
    "kubernetes.default",
    "kubernetes",
];

/// Everything that kube-apiserver and its clients prove themselves with.
pub(crate) struct Authority {
    directory: PathBuf,
    /// The certificate that vouches for kube-apiserver, PEM.
    serving_ca: String,
    client_issuer: Issuer<'static, KeyPair>,
}

/// A client certificate and its key, PEM.
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

// === impl Authority ===

impl Authority {
    /// Makes all keys and writes those that the servers read to `directory`.
    pub(crate) fn create(directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory)
            .with_context(|| format!("creating {}", directory.display()))?;
        let (serving_ca, serving_issuer) = certificate_authority("mergeaudit test serving CA")?;
        let (client_ca, client_issuer) = certificate_authority("mergeaudit test client CA")?;
        let serving = serving_identity(&serving_issuer)?;
        // Service account tokens are signed with RSA, as kubeadm's are.
        let accounts = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
            .context("generating the service account key")?;
        let authority = Self {
            directory: directory.to_owned(),
            serving_ca,
            client_issuer,
        };
        authority.write("apiserver-ca.crt", &authority.serving_ca)?;
        authority.write("apiserver.crt", &serving.certificate)?;
        authority.write("apiserver.key", &serving.key)?;
        authority.write("client-ca.crt", &client_ca)?;
        authority.write("sa.pub", &accounts.public_key_pem())?;
        authority.write("sa.key", &accounts.serialize_pem())?;
        Ok(authority)
    }

    /// The path of one of the written files, as an argument.
    pub(crate) fn file(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }

    /// The certificate that vouches for kube-apiserver, PEM.
    pub(crate) fn serving_ca(&self) -> &str {
        &self.serving_ca
    }

    /// A certificate for a user: kube-apiserver reads the name from CN and the group from O.
    /// Source: <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates>.
    pub(crate) fn client_identity(&self, user: &str, group: Option<&str>) -> Result<Identity> {
        let mut params = CertificateParams::default();
        params.distinguished_name = name(user);
        if let Some(group) = group {
            params
                .distinguished_name
                .push(DnType::OrganizationName, group);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        sign(&params, &self.client_issuer)
            .with_context(|| format!("signing a client certificate for {user}"))
    }

    fn write(&self, name: &str, contents: &str) -> Result<()> {
        let path = self.directory.join(name);
        fs::write(&path, contents).with_context(|| format!("writing {}", path.display()))
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

fn certificate_authority(common_name: &str) -> Result<(String, Issuer<'static, KeyPair>)> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    let key =
        KeyPair::generate().with_context(|| format!("generating the key of the {common_name}"))?;
    let certificate = params
        .self_signed(&key)
        .with_context(|| format!("signing the {common_name}"))?;
    Ok((certificate.pem(), Issuer::new(params, key)))
}

fn serving_identity(issuer: &Issuer<'_, KeyPair>) -> Result<Identity> {
    let mut params =
        CertificateParams::new(SERVING_NAMES.map(String::from)).context("naming kube-apiserver")?;
    params.distinguished_name = name("kube-apiserver");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    sign(&params, issuer).context("signing kube-apiserver's certificate")
}

fn sign(
    params: &CertificateParams,
    issuer: &Issuer<'_, KeyPair>,
) -> Result<Identity, rcgen::Error> {
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?;
    Ok(Identity {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}
