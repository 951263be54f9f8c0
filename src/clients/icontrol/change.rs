//! One change of the configuration: made at once, or as part of a transaction.

use http::Method;
use serde_json::Value;

use super::{Icontrol, IcontrolError, ObjectPath};
use crate::http::{Call, Replay};
use crate::retry::{self, RetryPolicy};

/// A change of one object. Nothing is sent before it is applied or committed.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    method: Method,
    /// Below `/mgmt/`.
    pub(super) path: String,
    body: Option<Value>,
    /// Where a created object is found.
    item: Option<String>,
    doing: String,
}

impl Change {
    pub(super) fn create(collection: &str, object: &ObjectPath, what: &str, body: Value) -> Self {
        Self {
            method: Method::POST,
            path: collection.to_owned(),
            body: Some(body),
            item: Some(format!("{collection}/{}", object.segment())),
            doing: format!("create {what} {object}"),
        }
    }

    pub(super) fn modify(collection: &str, object: &ObjectPath, what: &str, body: Value) -> Self {
        Self {
            method: Method::PATCH,
            path: format!("{collection}/{}", object.segment()),
            body: Some(body),
            item: None,
            doing: format!("change {what} {object}"),
        }
    }

    pub(super) fn delete(collection: &str, object: &ObjectPath, what: &str) -> Self {
        Self {
            method: Method::DELETE,
            path: format!("{collection}/{}", object.segment()),
            body: None,
            item: None,
            doing: format!("remove {what} {object}"),
        }
    }

    pub(super) fn doing(mut self, doing: impl Into<String>) -> Self {
        self.doing = doing.into();
        self
    }

    /// An object that its collection names in another way than its path.
    pub(super) fn found_at(mut self, item: String) -> Self {
        self.item = Some(item);
        self
    }

    pub(super) fn call(&self) -> Call {
        let call = Call::new(
            self.method.clone(),
            self.path.clone(),
            self.doing.clone(),
            Replay::Never,
        );
        match &self.body {
            Some(body) => call.body(body),
            None => call,
        }
    }
}

impl Icontrol {
    /// Makes a change. When the answer is lost it is looked up whether the change was made, before
    /// it is sent again. Removing what is gone is no error.
    pub(crate) async fn apply(&self, change: &Change) -> Result<(), IcontrolError> {
        let mut retries = RetryPolicy::REQUEST.start();
        let mut call = change.call();
        if change.method == Method::PATCH || change.method == Method::DELETE {
            call = call.replay(Replay::Safe);
        }
        let mut asked_before = false;
        loop {
            let error = match self.send(&call).await {
                Ok(_) => return Ok(()),
                Err(error) if change.method == Method::DELETE && error.is_not_found() => {
                    return Ok(());
                }
                // Of our own asking: the first answer was lost, and the object took its time.
                Err(error) if asked_before && error.is_exists() => return Ok(()),
                Err(error) => error,
            };
            if !error.fate_unknown() {
                return Err(error);
            }
            if let Some(item) = &change.item
                && self.exists(item, &change.doing).await?
            {
                return Ok(());
            }
            asked_before = true;
            let pause = retries.next(None, retry::jitter());
            match pause.and_then(|it| self.context().deadline.admits(it)) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            }
        }
    }

    pub(super) async fn exists(&self, item: &str, doing: &str) -> Result<bool, IcontrolError> {
        match self.send(&Call::get(item, doing)).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
