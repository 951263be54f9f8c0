//! Enum values, as constants or as labels (switch `scm.enum_spelling`).

use crate::switches::{Spelling, Switches};

/// `NOT_VALIDATED` as it is, or as `Not validated`.
pub(crate) fn spell(switches: &Switches, constant: &str) -> String {
    let constant = match constant {
        "NOT_VALIDATED" if switches.scm_unknown_enum => "UNDER_REVIEW",
        known => known,
    };
    match switches.scm_enum_spelling {
        Spelling::Constant => constant.to_owned(),
        Spelling::Label => label(constant),
    }
}

/// `NOT_VALIDATED` → `Not validated`.
pub(crate) fn label(constant: &str) -> String {
    let mut text = constant.to_ascii_lowercase().replace('_', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// Either spelling as a constant, for comparison with what a client sent.
pub(crate) fn constant(text: &str) -> String {
    text.trim().to_ascii_uppercase().replace([' ', '-'], "_")
}
