//! The query parameter `dateFormat` (SCM REST API 25.5).

use super::errors::Refusal;
use crate::http::Call;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description as format;

/// How a reply writes its dates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DateFormat(&'static [BorrowedFormatItem<'static>]);

impl DateFormat {
    /// The format that the request asks for by name or by pattern.
    pub(crate) fn of(call: &Call, default: Self) -> Result<Self, Refusal> {
        let Some(wanted) = call.query("dateFormat") else {
            return Ok(default);
        };
        FORMATS
            .iter()
            .find(|(name, pattern, _)| {
                name.eq_ignore_ascii_case(wanted) || pattern.eq_ignore_ascii_case(wanted)
            })
            .map(|(_, _, items)| Self(items))
            .ok_or_else(|| Refusal::invalid("dateFormat"))
    }

    pub(crate) fn write(self, moment: OffsetDateTime) -> String {
        moment.format(self.0).unwrap_or_default()
    }
}

/// The default of SSL details.
pub(crate) const US: DateFormat = DateFormat(format!("[month]/[day]/[year]"));
/// The default of domains and DCV.
pub(crate) const ISO: DateFormat = DateFormat(format!("[year]-[month]-[day]"));

type Named = (
    &'static str,
    &'static str,
    &'static [BorrowedFormatItem<'static>],
);

const FORMATS: [Named; 10] = [
    ("ISO", "yyyy-MM-dd", format!("[year]-[month]-[day]")),
    (
        "ISO_HMS",
        "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
        format!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"),
    ),
    ("EU", "dd.MM.yyyy", format!("[day].[month].[year]")),
    (
        "EU_HMS",
        "dd.MM.yyyy HH:mm:ss",
        format!("[day].[month].[year] [hour]:[minute]:[second]"),
    ),
    ("US", "MM/dd/yyyy", format!("[month]/[day]/[year]")),
    (
        "US_HMS",
        "MM/dd/yyyy HH:mm:ss",
        format!("[month]/[day]/[year] [hour]:[minute]:[second]"),
    ),
    ("UK", "dd/MM/yyyy", format!("[day]/[month]/[year]")),
    (
        "UK_HMS",
        "dd/MM/yyyy HH:mm:ss",
        format!("[day]/[month]/[year] [hour]:[minute]:[second]"),
    ),
    ("JP", "yyyy/MM/dd", format!("[year]/[month]/[day]")),
    (
        "JP_HMS",
        "yyyy/MM/dd HH:mm:ss",
        format!("[year]/[month]/[day] [hour]:[minute]:[second]"),
    ),
];
