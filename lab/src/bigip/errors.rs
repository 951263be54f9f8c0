//! Refusals of the two layers of iControl REST.

use crate::http::{Call, Reply};
use crate::switches::Restarting;
use serde_json::{Value, json};

/// A request that is turned down.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    layer: Layer,
}

/// Who refuses decides the shape of the body.
#[derive(Clone, Copy, Debug)]
enum Layer {
    /// The configuration layer: `code`, `message`, `errorStack`, `apiError`.
    Config(u32),
    /// The REST framework: `code`, `message`, `referer`, `restOperationId`.
    Framework,
}

impl Refusal {
    /// The database says no: a message that starts with its number.
    pub(crate) fn database(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            layer: Layer::Config(3),
        }
    }

    /// A file that the device could not fetch from itself.
    pub(crate) fn curl(exit_code: u8) -> Self {
        Self {
            status: 400,
            message: format!("Failed! exit_code ({exit_code}).\n"),
            layer: Layer::Config(26_214_401),
        }
    }

    /// A property that the object lacks.
    pub(crate) fn unknown_property(name: &str) -> Self {
        Self::syntax(format!("\"{name}\" unknown property"))
    }

    /// The request is not understood.
    pub(crate) fn syntax(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            message: message.into(),
            layer: Layer::Config(1),
        }
    }

    /// Authorization, tokens, unregistered paths.
    pub(crate) fn framework(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            layer: Layer::Framework,
        }
    }

    /// An object that is not there (`01020036`).
    pub(crate) fn missing(what: &str, path: &str) -> Self {
        let text = format!("01020036:3: The requested {what} ({path}) was not found.");
        Self::database(404, text)
    }

    /// A name that is taken (`01020066`); 409, not 400.
    pub(crate) fn exists(what: &str, path: &str) -> Self {
        let partition = super::names::partition(path);
        let text = format!(
            "01020066:3: The requested {what} ({path}) already exists in partition {partition}."
        );
        Self::database(409, text)
    }

    /// A path under `/mgmt/tm` that the device does not know.
    pub(crate) fn unknown_uri(path: &str) -> Self {
        let tail = path.strip_prefix("/mgmt/tm/").unwrap_or(path);
        Self {
            status: 404,
            message: format!("Found unexpected URI tmapi_mapper/{tail}."),
            layer: Layer::Config(1),
        }
    }

    /// The same refusal as the outcome of a commit.
    pub(crate) fn of_commit(self) -> Self {
        Self {
            status: 400,
            message: format!("transaction failed:{}", self.message),
            layer: Layer::Config(2),
        }
    }

    /// The reply; the framework tells where the request came from.
    pub(crate) fn reply(&self, call: &Call) -> Reply {
        let body = match self.layer {
            Layer::Config(number) => json!({
                "code": self.status,
                "message": self.message,
                "errorStack": [],
                "apiError": number,
            }),
            Layer::Framework => json!({
                "code": self.status,
                "message": self.message,
                "referer": call.peer.ip().to_string(),
                "restOperationId": crate::random::below(1 << 32),
                "errorStack": [],
                "kind": ":resterrorresponse",
            }),
        };
        answer(self.status, &body)
    }
}

/// A JSON reply as the device types it.
pub(crate) fn answer(status: u16, body: &Value) -> Reply {
    Reply::text(status, "application/json; charset=UTF-8", body.to_string()).with("Server", SERVER)
}

/// The page of the web server in front, for bad Basic credentials.
pub(crate) fn authorization_required() -> Reply {
    Reply::text(401, "text/html", UNAUTHORIZED_PAGE)
        .with("Server", "Apache")
        .with("WWW-Authenticate", "Basic realm=\"Enterprise Manager\"")
}

/// What a device says while its services start.
pub(crate) fn restarting(call: &Call, form: Restarting) -> Reply {
    match form {
        Restarting::Page => Reply::text(503, "text/html", RESTARTING_PAGE).with("Server", "Apache"),
        Restarting::Busy => {
            Refusal::framework(503, "There is an active asynchronous task executing.").reply(call)
        }
        Restarting::McpdLost => Refusal {
            status: 500,
            message: "The connection to mcpd has been lost, try again.".to_owned(),
            layer: Layer::Config(32_768_001),
        }
        .reply(call),
        Restarting::Unregistered => {
            let text = format!(
                "URI path {} not registered.  Please verify URI is supported and wait for /available suffix to be responsive.",
                call.path
            );
            Refusal::framework(404, text).reply(call)
        }
    }
}

const SERVER: &str = "Jetty(9.2.22.v20170606)";
const UNAUTHORIZED_PAGE: &str = "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n\
    <html><head>\n<title>401 F5 Authorization Required</title>\n</head><body>\n\
    <h1>F5 Authorization Required</h1>\n</body></html>\n";
const RESTARTING_PAGE: &str = "<html><head><title>BIG-IP&reg; - Redirect</title></head><body>\n\
    Configuration Utility restarting...\n</body></html>\n";
