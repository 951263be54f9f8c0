//! `state: present`: a valid certificate for the key and the names of a request.

use time::OffsetDateTime;

use super::options::Options;
use super::{Reached, csr_of};
use crate::clients::scm::Scm;
use crate::context::Context;
use crate::issuers::sectigo_enrollment::{Enrollment, KeyAge, Place, Progress};
use crate::lifecycle::{Issuance, IssueError};

pub(super) async fn run(
    scm: Scm,
    options: Options,
    context: &Context,
    progress: &mut Progress,
) -> Result<Reached, IssueError> {
    let csr = csr_of(&options, "present")?;
    let place = Place {
        organization: options.organization,
        department: options.department,
    };
    let enrollment = Enrollment::new(scm, options.enrollment, place, context);
    let now = OffsetDateTime::now_utc();
    let mut issuance = enrollment
        .obtain(&csr, KeyAge::Older, None, None, progress)
        .await?;
    if let Issuance::Issued(chain) = &issuance {
        let leaf = chain.leaf.clone();
        if options.renew.due(leaf.not_before, leaf.not_after) <= now {
            let replaces = (&leaf).into();
            issuance = enrollment
                .obtain(&csr, KeyAge::Older, None, Some(&replaces), progress)
                .await?;
        }
    }
    match issuance {
        Issuance::Issued(chain) => {
            chain.check(&csr.names, now).map_err(|error| {
                IssueError::new(format!("the CA's answer is not usable: {error}"))
            })?;
            Ok(Reached::Issued(chain))
        }
        Issuance::Pending {
            message,
            manual_actions,
        } => Ok(Reached::Waiting(message, manual_actions)),
    }
}
