//! The device as a whole.

use serde::Deserialize;
use serde_json::json;

use super::{Icontrol, IcontrolError};
use crate::http::{Call, Replay};

impl Icontrol {
    /// Without it a restart brings back what was saved last.
    pub(crate) async fn save(&self) -> Result<(), IcontrolError> {
        let call = Call::post("tm/sys/config", "save its configuration")
            .body(&json!({"command": "save"}))
            .replay(Replay::Safe);
        self.send(&call).await.map(drop)
    }

    /// Is there such a folder (or partition)? `/Web/app` or `/Web`.
    pub(crate) async fn folder_exists(&self, folder: &str) -> Result<bool, IcontrolError> {
        #[derive(Deserialize)]
        struct Folder {}
        let partition = folder.trim_start_matches('/');
        let path = if partition.contains('/') {
            format!("tm/sys/folder/{}", folder.replace('/', "~"))
        } else {
            format!("tm/auth/partition/{partition}")
        };
        match self
            .read::<Folder>(&Call::get(path, format!("look for the folder {folder}")))
            .await
        {
            Ok(Folder {}) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
