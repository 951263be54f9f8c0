//! From what is to what should be, or, in check mode, up to the point where writing would begin.

use std::collections::HashMap;
use std::time::Duration;

use time::OffsetDateTime;

use super::observation::{Observation, Pending, Served};
use super::report::{Action, Report, VariantReport, Waiting};
use super::{
    Held, Issuance, IssueRequest, Issuer, Plan, SiteSpec, Standing, Step, Target, TargetError,
    VariantPlan, decide,
};
use crate::context::Context;
use crate::x509::{Algorithm, Chain, Csr};

/// Why a run ended early, and what it had done by then.
#[derive(Debug)]
pub(crate) struct Stopped {
    pub(crate) message: String,
    pub(crate) report: Report,
}

/// Brings `spec` about on `target` with certificates of `issuer`.
pub(crate) async fn converge(
    spec: &SiteSpec,
    target: &dyn Target,
    issuer: &dyn Issuer,
    context: &Context,
) -> Result<Report, Stopped> {
    let mut run = Run {
        spec,
        target,
        issuer,
        context,
        now: OffsetDateTime::now_utc(),
        observed: Observation::default(),
        standings: HashMap::new(),
        report: Report::default(),
    };
    match run.carry_out().await {
        Ok(()) => Ok(run.report),
        Err(message) => Err(Stopped {
            message,
            report: run.report,
        }),
    }
}

/// The report of a run in which everything goes well: what check mode shows.
fn predict(plan: &Plan, observed: &Observation, issuer: &dyn Issuer) -> Report {
    let mut variants: Vec<VariantReport> = plan
        .variants
        .iter()
        .map(|variant| {
            let current = observed
                .variant(variant.key.algorithm())
                .and_then(|it| it.in_service.as_ref());
            let before = current.map(|it| it.certificate.clone());
            let signable = issuer.can_sign(pending_csr(observed, variant));
            VariantReport {
                key: variant.key,
                action: Action::of(&variant.step, signable),
                reasons: variant.reasons.clone(),
                after: before.clone(),
                before,
                proven: current.is_some_and(|it| it.served == Some(Served::Yes)),
                waiting: None,
            }
        })
        .collect();
    let waits = |it: &VariantReport| matches!(it.action, Action::Wait | Action::Request);
    if observed.inseparable && variants.iter().any(waits) {
        for variant in variants.iter_mut().filter(|it| it.action.replaces()) {
            variant.action = Action::Wait;
        }
    }
    Report {
        changed: variants.iter().any(|it| it.action.writes())
            || !plan.discard.is_empty()
            || !plan.repair.is_empty(),
        variants,
        repairs: plan.repair.clone(),
        discards: plan.discard.clone(),
        retired: Vec::new(),
        manual_actions: Vec::new(),
    }
}

/// The request that a variant goes on with.
fn pending_csr<'a>(observed: &'a Observation, variant: &VariantPlan) -> Option<&'a Csr> {
    let Step::Continue { id } = &variant.step else {
        return None;
    };
    match observed
        .variant(variant.key.algorithm())?
        .pending
        .as_ref()?
    {
        Pending::Requested { id: it, csr } if it == id => Some(csr),
        _ => None,
    }
}

/// How far a variant that is to be replaced has come.
enum Stage {
    Requested(String, Csr),
    Signed(String, Held),
}

struct Run<'a> {
    spec: &'a SiteSpec,
    observed: Observation,
    /// What the issuer says about certificates in service, by serial number: asked once.
    standings: HashMap<String, Standing>,
    target: &'a dyn Target,
    issuer: &'a dyn Issuer,
    context: &'a Context,
    now: OffsetDateTime,
    report: Report,
}

impl Run<'_> {
    async fn carry_out(&mut self) -> Result<(), String> {
        let mut plan = self.plan().await?;
        if self.report.changed && !self.context.check && self.lock().await? {
            plan = self.plan().await?;
        }
        if self.context.check || !self.report.changed {
            self.add_waiting(&plan).await;
            return Ok(());
        }
        self.act(&plan).await
    }

    /// Looks and decides; the report then holds the prediction.
    async fn plan(&mut self) -> Result<Plan, String> {
        self.observed = self.target.observe(self.spec).await.map_err(text)?;
        self.ask_issuer().await;
        let mut plan = self.decide();
        self.predict(&plan);
        if self.report.changed {
            let closer = self.target.look_closer(self.spec, &mut self.observed);
            if let Err(error) = closer.await {
                self.report.changed = false;
                return Err(text(error));
            }
            plan = self.decide();
            self.recall(&plan).await;
            if self.give_up_spent() {
                plan = self.decide();
            }
            self.predict(&plan);
        }
        Ok(plan)
    }

    /// What became of the requests that are gone on with: once for every plan, and again under the
    /// lock, since the run that held it may have ordered.
    async fn recall(&self, plan: &Plan) {
        for variant in &plan.variants {
            if let Some(csr) = pending_csr(&self.observed, variant) {
                self.issuer.recall(csr).await;
            }
        }
    }

    /// Gives up half-made pairs whose key is not to be used any more.
    fn give_up_spent(&mut self) -> bool {
        let mut some = false;
        for variant in &mut self.observed.variants {
            let spent = |it: &mut Pending| matches!(it, Pending::Requested { csr, .. } if self.issuer.is_spent(csr));
            if let Some(pending) = variant.pending.take_if(spent) {
                self.observed.leftovers.push(pending.id().clone());
                some = true;
            }
        }
        some
    }

    fn predict(&mut self, plan: &Plan) {
        self.report = predict(plan, &self.observed, self.issuer);
    }

    async fn ask_issuer(&mut self) {
        for variant in &self.observed.variants {
            if let Some(current) = &variant.in_service
                && !self.standings.contains_key(&current.certificate.serial)
            {
                let standing = self.issuer.standing(&current.certificate).await;
                let serial = current.certificate.serial.clone();
                self.standings.insert(serial, standing);
            }
        }
    }

    fn decide(&self) -> Plan {
        let standing = |algorithm| {
            let serial = &self
                .observed
                .variant(algorithm)?
                .in_service
                .as_ref()?
                .certificate
                .serial;
            self.standings.get(serial).cloned()
        };
        decide(
            self.spec,
            &self.observed,
            |it| standing(it).unwrap_or_default(),
            self.now,
        )
    }

    async fn lock(&mut self) -> Result<bool, String> {
        let locked = self.target.lock().await.map_err(text);
        if locked.is_err() {
            self.report.changed = false;
        }
        locked
    }

    async fn act(&mut self, plan: &Plan) -> Result<(), String> {
        // Until the first write has succeeded nothing has changed, whatever was planned.
        self.report.changed = false;
        let ready = self.bring(plan).await?;
        let bind = plan.variants.iter().any(|it| it.step == Step::Bind);
        let switched = bind || !ready.is_empty();
        if switched {
            self.switch(&ready).await?;
        }
        if !plan.repair.is_empty() {
            self.target.repair().await.map_err(text)?;
            self.report.changed = true;
        }
        self.retire(plan.discard.clone(), switched).await
    }

    /// Gets what is to be replaced to where only the switch is missing.
    async fn bring(&mut self, plan: &Plan) -> Result<Vec<(usize, String, Held)>, String> {
        let mut ready = Vec::new();
        let mut signed = Vec::new();
        let stages = self.prepare(plan).await?;
        let wanted = stages.len();
        for (at, stage) in stages {
            match stage {
                Stage::Signed(id, certificate) => ready.push((at, id, certificate)),
                Stage::Requested(id, csr) => {
                    let Some(chain) = self.sign(at, &plan.variants[at].step, csr).await? else {
                        continue;
                    };
                    if self.observed.inseparable {
                        signed.push((at, id, chain));
                    } else {
                        ready.push((at, id.clone(), self.install(&id, &chain).await?));
                    }
                }
            }
        }
        if self.observed.inseparable && ready.len() + signed.len() < wanted {
            return Ok(Vec::new());
        }
        for (at, id, chain) in signed {
            let certificate = self.install(&id, &chain).await?;
            ready.push((at, id, certificate));
        }
        Ok(ready)
    }

    async fn install(&mut self, id: &str, chain: &Chain) -> Result<Held, String> {
        self.target.install(id, chain).await.map_err(text)?;
        self.report.changed = true;
        Ok(Held::from(&chain.leaf))
    }

    /// Gets every variant that is to be replaced to where its certificate can be ordered. All keys
    /// are made before the first order: an order may take days, and a target may have to put keys
    /// away together.
    async fn prepare(&mut self, plan: &Plan) -> Result<Vec<(usize, Stage)>, String> {
        let mut stages = Vec::new();
        let mut made = false;
        for (at, variant) in plan.variants.iter().enumerate() {
            let stage = match &variant.step {
                Step::Keep | Step::Bind => None,
                Step::Activate { id } => self
                    .observed
                    .variant(variant.key.algorithm())
                    .and_then(|it| it.pending.as_ref())
                    .and_then(|it| match it {
                        Pending::Installed { certificate, .. } => {
                            Some(Stage::Signed(id.clone(), certificate.clone()))
                        }
                        Pending::Requested { .. } => None,
                    }),
                Step::Continue { id } => pending_csr(&self.observed, variant)
                    .map(|csr| Stage::Requested(id.clone(), csr.clone())),
                Step::Issue => {
                    let created = self.target.create_csr(self.spec, variant.key).await;
                    let (id, csr) = created.map_err(text)?;
                    self.report.changed = true;
                    made = true;
                    Some(Stage::Requested(id, csr))
                }
            };
            stages.extend(stage.map(|it| (at, it)));
        }
        if made {
            let parked = self.target.park(self.spec).await;
            if let Err(error) = parked {
                self.report.changed = false;
                return Err(text(error));
            }
        }
        Ok(stages)
    }

    /// Has a request signed. `None`: it takes somebody else, or time.
    async fn sign(&mut self, at: usize, step: &Step, csr: Csr) -> Result<Option<Chain>, String> {
        let replaces = self.report.variants[at].before.as_ref();
        let request = IssueRequest {
            csr: &csr,
            replaces,
        };
        let issued = self.issuer.issue(&request).await;
        let chain = match issued {
            Ok(Issuance::Issued(chain)) => chain,
            Ok(Issuance::Pending {
                message,
                manual_actions,
            }) => {
                self.report.manual_actions.extend(manual_actions);
                let variant_report = &mut self.report.variants[at];
                variant_report.action = Action::of(step, false);
                variant_report.waiting = Some(Waiting { csr, message });
                return Ok(None);
            }
            Err(error) => {
                self.report.manual_actions.extend(error.manual_actions);
                return Err(error.message);
            }
        };
        chain.check(&self.spec.names, self.now).map_err(|error| {
            format!(
                "{}: the CA's answer is not put into service: {error}",
                self.spec.name
            )
        })?;
        if let Some(wanted) = &self.spec.issuer_name
            && !chain.leaf.issuer.contains(wanted)
        {
            return Err(format!(
                "{}: the new certificate is from '{}' and not from '{wanted}' as issuer.issuer_name asks; \
                 it is not put into service",
                self.spec.name, chain.leaf.issuer
            ));
        }
        Ok(Some(chain))
    }

    /// Puts everything that is ready into service at once, and has a handshake prove it.
    async fn switch(&mut self, ready: &[(usize, String, Held)]) -> Result<(), String> {
        let ids: Vec<(Algorithm, String)> = ready
            .iter()
            .map(|(at, id, _)| (self.report.variants[*at].key.algorithm(), id.clone()))
            .collect();
        self.target.activate(&ids).await.map_err(text)?;
        self.report.changed = true;
        for at in 0..self.report.variants.len() {
            let fresh = ready.iter().find(|(it, ..)| *it == at).map(|(.., it)| it);
            let before = self.report.variants[at].before.clone();
            let Some(expected) = fresh.cloned().or(before) else {
                continue;
            };
            let (problem, wrong) = match self.proof(&expected).await {
                Some(Served::Yes) => {
                    self.report.variants[at].proven = true;
                    continue;
                }
                None => continue,
                Some(Served::Unreachable(why)) => (why, false),
                Some(Served::No(why)) => (why, true),
            };
            if self.was_served(at) || (wrong && self.target.must_show()) {
                return Err(self.undo(&problem).await);
            }
            self.context.warn(format!(
                "{}: the certificate is in place, but it is not served yet ({problem})",
                self.spec.name
            ));
        }
        for (at, _, certificate) in ready {
            self.report.variants[*at].after = Some(certificate.clone());
        }
        Ok(())
    }

    /// Servers take a moment to reload, in which old and new processes answer by turns. So a wrong
    /// answer counts only when it stays, and the right one only when it comes several times running.
    async fn proof(&self, expected: &Held) -> Option<Served> {
        let patience = self.target.patience();
        let started = tokio::time::Instant::now();
        let mut running = 0;
        loop {
            let served = self.target.served(expected).await?;
            running = if served == Served::Yes {
                running + 1
            } else {
                0
            };
            if running == RUNNING || (running == 0 && started.elapsed() + PAUSE > patience) {
                return Some(served);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Was there a certificate of this kind that clients could get? If not, a server that does not
    /// know the site yet is no reason to undo anything.
    fn was_served(&self, at: usize) -> bool {
        let algorithm = self.report.variants[at].key.algorithm();
        self.observed
            .variant(algorithm)
            .and_then(|it| it.in_service.as_ref())
            .is_some_and(|it| matches!(it.served, Some(Served::Yes | Served::No(_))))
    }

    async fn undo(&mut self, problem: &str) -> String {
        let name = &self.spec.name;
        match self.target.roll_back().await {
            Ok(()) => format!(
                "{name}: after the switch the live handshake did not show the new certificate ({problem}). \
                 The switch was taken back, the old certificate is in service"
            ),
            Err(error) => format!(
                "{name}: after the switch the live handshake did not show the new certificate ({problem}), \
                 and the switch could not be taken back: {error}"
            ),
        }
    }

    /// Removes half-made and superseded things; the target knows which of them nobody needs.
    async fn retire(&mut self, mut removals: Vec<String>, switched: bool) -> Result<(), String> {
        if switched {
            let again = self.target.observe(self.spec).await.map_err(text)?;
            removals.extend(again.leftovers);
        }
        removals.sort_unstable();
        removals.dedup();
        if removals.is_empty() {
            return Ok(());
        }
        if switched {
            self.target.settle().await.map_err(text)?;
        }
        self.target.retire(&removals).await.map_err(text)?;
        self.report.changed = true;
        self.report.retired = removals;
        Ok(())
    }

    /// Adds the requests that wait for a signature from elsewhere, so that the caller can have
    /// them signed.
    async fn add_waiting(&mut self, plan: &Plan) {
        for (at, variant) in plan.variants.iter().enumerate() {
            let waits = self.report.variants[at].action == Action::Wait;
            if let Some(csr) = pending_csr(&self.observed, variant).filter(|_| waits) {
                let request = IssueRequest {
                    csr,
                    replaces: None,
                };
                // An issuer that cannot sign has nothing to do here but say what it waits for.
                if let Ok(Issuance::Pending {
                    message,
                    manual_actions,
                }) = self.issuer.issue(&request).await
                {
                    self.report.manual_actions.extend(manual_actions);
                    self.report.variants[at].waiting = Some(Waiting {
                        csr: csr.clone(),
                        message,
                    });
                }
            }
        }
    }
}

#[allow(clippy::needless_pass_by_value)] // for `map_err`
fn text(error: TargetError) -> String {
    error.to_string()
}

/// Between two handshakes while a server reloads.
const PAUSE: Duration = Duration::from_millis(100);
/// So many handshakes in a row must show the new certificate.
const RUNNING: u32 = 3;
