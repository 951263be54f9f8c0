//! Organizations and their departments.

use serde::Deserialize;

use super::{Id, Scm, ScmError, wire};
use crate::http::Call;

/// An organization as the credentials see it: lists are filtered by what they may see.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Organization {
    #[serde(deserialize_with = "wire::integer")]
    pub(crate) id: Id,
    pub(crate) name: String,
    #[serde(default, deserialize_with = "wire::list")]
    pub(crate) departments: Vec<Department>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Department {
    #[serde(deserialize_with = "wire::integer")]
    pub(crate) id: Id,
    pub(crate) name: String,
}

impl Scm {
    /// `GET /organization/v1`, once in a run.
    pub(crate) async fn organizations(&self) -> Result<&[Organization], ScmError> {
        let list = || async {
            self.read(&Call::get("organization/v1", "list the organizations"))
                .await
        };
        self.0
            .organizations
            .get_or_try_init(list)
            .await
            .map(Vec::as_slice)
    }

    /// The number of an organization or department that is given by name or number.
    ///
    /// Without either it is the only one that the credentials see. A number is believed without a
    /// call; see [`Scm::check_organization`].
    pub(crate) async fn find_organization(
        &self,
        organization: Option<&str>,
        department: Option<&str>,
    ) -> Result<Id, ScmError> {
        match (organization, department) {
            (_, Some(department)) if number(department).is_some() => {
                Ok(number(department).unwrap_or_default())
            }
            (Some(organization), None) if number(organization).is_some() => {
                Ok(number(organization).unwrap_or_default())
            }
            _ => find(self.organizations().await?, organization, department)
                .map_err(ScmError::Options),
        }
    }

    /// Refuses a number that no organization or department has. Worth a call before writing only.
    pub(crate) async fn check_organization(&self, id: Id) -> Result<(), ScmError> {
        let organizations = self.organizations().await?;
        if places(organizations).any(|(_, it)| it == id) {
            return Ok(());
        }
        Err(ScmError::Options(format!(
            "no organization or department with id {id} is visible to these credentials. They see: {}",
            listed(organizations)
        )))
    }
}

fn find(
    organizations: &[Organization],
    organization: Option<&str>,
    department: Option<&str>,
) -> Result<Id, String> {
    let candidates: Vec<&Organization> = match organization {
        None => organizations.iter().collect(),
        Some(wanted) => match number(wanted) {
            Some(id) => organizations.iter().filter(|it| it.id == id).collect(),
            None => named(organizations, wanted, |it| &it.name),
        },
    };
    let Some(department) = department else {
        return match (candidates.as_slice(), organization) {
            ([one], _) => Ok(one.id),
            ([], Some(name)) => Err(format!(
                "no organization '{name}' is visible to these credentials. They see: {}",
                listed(organizations)
            )),
            ([], None) => Err("these credentials see no organization at all".to_owned()),
            (several, Some(name)) => Err(format!(
                "several organizations are called '{name}', so give the id of one: {}",
                several
                    .iter()
                    .map(|it| it.id.to_string())
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
            (_, None) => Err(format!(
                "give organization, by name or id; these credentials see more than one: {}",
                listed(organizations)
            )),
        };
    };
    if candidates.is_empty()
        && let Some(name) = organization
    {
        return Err(format!(
            "no organization '{name}' is visible to these credentials. They see: {}",
            listed(organizations)
        ));
    }
    let departments: Vec<&Department> = candidates.iter().flat_map(|it| &it.departments).collect();
    match named(departments.iter().copied(), department, |it| &it.name).as_slice() {
        [one] => Ok(one.id),
        [] => Err(format!(
            "no department '{department}' is visible to these credentials. They see: {}",
            listed(organizations)
        )),
        several => Err(format!(
            "several departments are called '{department}', so give the id of one: {}",
            several
                .iter()
                .map(|it| it.id.to_string())
                .collect::<Vec<_>>()
                .join(", ")
        )),
    }
}

/// Those of exactly this name, else those that differ in letter case and outer blanks only.
fn named<'a, T>(
    all: impl IntoIterator<Item = &'a T> + Clone,
    wanted: &str,
    name: impl Fn(&T) -> &String,
) -> Vec<&'a T> {
    let exact: Vec<&T> = all
        .clone()
        .into_iter()
        .filter(|it| name(it) == wanted)
        .collect();
    if !exact.is_empty() {
        return exact;
    }
    let loose = |text: &str| text.trim().to_lowercase();
    all.into_iter()
        .filter(|it| loose(name(it)) == loose(wanted))
        .collect()
}

fn number(text: &str) -> Option<Id> {
    text.trim().parse().ok().filter(|it| *it > 0)
}

/// Every organization and department, with a name for people.
fn places(organizations: &[Organization]) -> impl Iterator<Item = (String, Id)> {
    organizations.iter().flat_map(|organization| {
        let own = std::iter::once((organization.name.clone(), organization.id));
        own.chain(
            organization
                .departments
                .iter()
                .map(|it| (format!("{} / {}", organization.name, it.name), it.id)),
        )
    })
}

fn listed(organizations: &[Organization]) -> String {
    let mut shown: Vec<String> = places(organizations)
        .take(MOST_LISTED)
        .map(|(name, id)| format!("{name} ({id})"))
        .collect();
    if shown.is_empty() {
        return "none".to_owned();
    }
    if places(organizations).nth(MOST_LISTED).is_some() {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

const MOST_LISTED: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Organization> {
        serde_json::from_str(
            r#"[{"id":1,"name":"University","departments":[{"id":2,"name":"IT"},{"id":"3","name":"Library"}]},
                {"id":4,"name":"Institute","departments":[{"id":5,"name":"IT"}]},
                {"id":6,"name":"Twin","departments":null},{"id":7,"name":"Twin","new":1}]"#,
        )
        .unwrap()
    }

    #[test]
    fn by_name_and_number() {
        let all = all();
        let cases = [
            (Some("University"), None, 1),
            (Some(" university"), None, 1),
            (Some("University"), Some("IT"), 2),
            (Some("4"), Some("IT"), 5),
            (None, Some("Library"), 3),
        ];
        for (organization, department, id) in cases {
            assert_eq!(find(&all, organization, department), Ok(id));
        }
        assert_eq!(find(&all[..1], None, None), Ok(1));
    }

    #[test]
    fn what_is_not_clear_lists_the_choice() {
        let all = all();
        let cases = [
            (Some("Universty"), None, "no organization 'Universty'"),
            (Some("Twin"), None, "6, 7"),
            (None, Some("IT"), "2, 5"),
            (None, None, "University (1)"),
            (Some("University"), Some("HR"), "University / Library (3)"),
            (Some("Nowhere"), Some("IT"), "no organization 'Nowhere'"),
        ];
        for (organization, department, expected) in cases {
            let error = find(&all, organization, department).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
