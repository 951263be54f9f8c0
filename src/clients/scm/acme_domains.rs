//! The domains that an ACME account may order certificates for.

use serde::{Deserialize, Serialize};

use super::paging::End;
use super::{Id, Scm, ScmError, wire};
use crate::http::Call;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AccountDomain {
    pub(crate) name: String,
}

impl Scm {
    /// `GET /acme/v2/account/{id}/domain`; in `v1` the names are part of the account.
    pub(crate) async fn account_domains(&self, id: Id) -> Result<Vec<AccountDomain>, ScmError> {
        let doing = format!("list the domains of ACME account {id}");
        let call = Call::get(format!("acme/v2/account/{id}/domain"), doing.clone());
        let key = |it: &AccountDomain| it.name.clone();
        match self.list(&call, End::NothingNew, key).await {
            Err(ScmError::NotFound { .. }) => {
                let call = Call::get(format!("acme/v1/account/{id}"), doing);
                self.read::<AccountV1>(&call).await.map(|it| it.domains)
            }
            other => other,
        }
    }

    /// `POST /acme/v2/account/{id}/domain`. The names that were not added; SCM does not say why.
    pub(crate) async fn add_account_domains(
        &self,
        id: Id,
        names: &[&str],
    ) -> Result<Vec<String>, ScmError> {
        let call = |path: String| {
            Call::post(path, format!("add domains to ACME account {id}")).body(&Domains::new(names))
        };
        let answer: Answer = match self
            .read_lenient(&call(format!("acme/v2/account/{id}/domain")))
            .await
        {
            Err(ScmError::NotFound { .. }) => {
                self.read_lenient(&call(format!("acme/v1/account/{id}/domains")))
                    .await?
            }
            other => other?,
        };
        Ok(answer.not_added_domains)
    }

    /// `DELETE /acme/v2/account/{id}/domain`. The names that were not removed.
    pub(crate) async fn remove_account_domains(
        &self,
        id: Id,
        names: &[&str],
    ) -> Result<Vec<String>, ScmError> {
        let call = |path: String| {
            Call::delete(path, format!("remove domains from ACME account {id}"))
                .body(&Domains::new(names))
        };
        let answer: Answer = match self
            .read_lenient(&call(format!("acme/v2/account/{id}/domain")))
            .await
        {
            Err(ScmError::NotFound { .. }) => {
                self.read_lenient(&call(format!("acme/v1/account/{id}/domains")))
                    .await?
            }
            other => other?,
        };
        Ok(answer.not_removed_domains)
    }

    /// Nothing at all stands for `{}`.
    async fn read_lenient(&self, call: &Call) -> Result<Answer, ScmError> {
        let reply = self.send(call).await?;
        if reply.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Answer::default());
        }
        super::parse(&reply, &call.doing)
    }
}

#[derive(Deserialize)]
struct AccountV1 {
    #[serde(default, deserialize_with = "wire::list")]
    domains: Vec<AccountDomain>,
}

#[derive(Serialize)]
struct Domains<'a> {
    domains: Vec<Name<'a>>,
}

impl<'a> Domains<'a> {
    fn new(names: &[&'a str]) -> Self {
        Self {
            domains: names.iter().map(|name| Name { name }).collect(),
        }
    }
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default, deserialize_with = "wire::list")]
    not_added_domains: Vec<String>,
    #[serde(default, deserialize_with = "wire::list")]
    not_removed_domains: Vec<String>,
}
