//! Changes of the candidate configuration that belong together, and how they are taken back.

use crate::clients::panos_xml::xpath::XPath;
use crate::clients::panos_xml::{Element, Panos, PanosError};

/// What one site wants to have committed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stage {
    /// The site, for messages.
    pub(crate) site: String,
    /// In this order. What is superseded goes first, so that the changes after it show that a commit
    /// is missing.
    pub(crate) steps: Vec<Step>,
    /// What takes the bindings back, in this order. What was superseded is not missed.
    pub(crate) undo: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Set(XPath, Element),
    Delete(XPath),
}

impl Stage {
    pub(crate) async fn carry_out(&self, client: &Panos) -> Result<(), PanosError> {
        carry_out(&self.steps, client).await
    }

    pub(crate) async fn take_back(&self, client: &Panos) -> Result<(), PanosError> {
        carry_out(&self.undo, client).await
    }
}

async fn carry_out(steps: &[Step], client: &Panos) -> Result<(), PanosError> {
    for step in steps {
        let result = match step {
            Step::Set(path, element) => client.set(path, std::slice::from_ref(element)).await,
            Step::Delete(path) => client.delete(path).await,
        };
        match result {
            // It serves somebody else by now: it stays.
            Err(PanosError::Refused {
                code: Some(10),
                answer,
                ..
            }) => client
                .context()
                .warn(format!("{}: {answer}; it stays", client.system())),
            other => other?,
        }
    }
    Ok(())
}
