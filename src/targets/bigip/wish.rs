//! What is wanted of a device for one site, beyond the certificate itself.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;

use crate::clients::icontrol::ObjectPath;
use crate::clients::icontrol::crypto::Subject;

/// Everything but names and kinds of keys.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) security: Security,
    pub(crate) profile: ProfileWish,
    pub(crate) servers: Servers,
    pub(crate) subject: Subject,
    pub(crate) verify: Verify,
    /// All sites of the task, this one among them.
    pub(crate) sites: Rc<[Neighbour]>,
}

/// A site of the task, as far as others may meet it on a virtual server.
#[derive(Clone, Debug)]
pub(crate) struct Neighbour {
    /// By it its profiles are known.
    pub(crate) description: String,
    /// Is it to be the one for clients without SNI? `None` leaves that as it is.
    pub(crate) sni_default: Option<bool>,
    pub(crate) servers: Servers,
}

/// How keys are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    Normal,
    /// With a passphrase that is known to the profile only.
    Password,
    Fips,
    NetHsm,
}

/// The client SSL profile.
#[derive(Clone, Debug)]
pub(crate) struct ProfileWish {
    pub(crate) parent: ObjectPath,
    /// Somebody else's, which is to present the certificate.
    pub(crate) existing: bool,
    pub(crate) server_name: Option<String>,
    pub(crate) sni_default: Option<bool>,
}

/// Where the profile is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Servers {
    Named(Vec<ObjectPath>),
    /// Those that serve one of the names already.
    Auto,
}

/// How it is proven.
#[derive(Clone, Debug)]
pub(crate) enum Verify {
    Off,
    On(Box<Knock>),
}

/// What a handshake takes from the options instead of from the virtual server.
#[derive(Clone, Debug)]
pub(crate) struct Knock {
    pub(crate) address: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) server_name: String,
    pub(crate) roots: Option<Arc<RootCertStore>>,
    pub(crate) patience: Duration,
}
