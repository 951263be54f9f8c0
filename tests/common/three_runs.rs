//! What is promised of every module: check mode writes nothing and predicts the run, and a second
//! run finds nothing to do.

use serde_json::Value;

use super::{Lab, Ran, check, run};

pub struct ThreeRuns {
    pub predicted: Ran,
    pub done: Ran,
}

impl ThreeRuns {
    /// `same` are keys of the result that check mode has to predict to the letter, besides
    /// `changed` and `diff`.
    #[track_caller]
    pub fn of(lab: &Lab, module: &str, options: &Value, same: &[&str]) -> Self {
        lab.forget();
        let predicted = check(module, options.clone()).ok();
        let wrote = lab.writes();
        assert!(wrote.is_empty(), "check mode wrote {wrote:?}");
        let done = run(module, options.clone()).ok();
        for key in ["changed", "diff"].iter().chain(same) {
            assert_eq!(predicted.result[key], done.result[key], "{key}");
        }
        lab.forget();
        let again = run(module, options.clone()).ok();
        assert!(!again.changed(), "{:#}", again.result);
        let wrote = lab.writes();
        assert!(wrote.is_empty(), "a second run wrote {wrote:?}");
        let diff = &again.result["diff"];
        assert_eq!(diff["before"], diff["after"]);
        Self { predicted, done }
    }
}
