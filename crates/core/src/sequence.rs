//! Signs that no single sentence shows: how sums and asks move over a conversation.
//!
//! Each is an indicator of the pack with `computed = "…"`; its finding quotes the words at which the
//! step becomes visible.

use crate::pack::Pack;
use crate::pack::schema::{Family, Polarity};
use crate::recognise::{Finding, Recognised};
use crate::segment::Role;
use crate::thread::Thread;

/// The computations that a pack may name.
pub const COMPUTED: &[&str] = &[
    "fee-above-work",
    "fee-rises",
    "ask-repeated-after-no",
    "ask-grows",
    "money-then-ask",
    "acts-combine",
    "identity-address-mismatch",
];

/// What an indicator is to the computations; none for what they do not look at.
fn family(pack: &Pack, indicator: usize) -> Option<Family> {
    pack.indicators.get(indicator)?.family
}

/// Dollars for a page, an hour or a talk above which a fee is out of proportion for public material.
///
/// Expert calls pay 150 to 500 an hour, trade articles 100 to 400 a page; the accounts in the sources
/// pay 1,000 and more for a few pages or a one-hour talk (`xu_hua_2017`: 3,500).
const FEE_DOLLARS_HIGH: f64 = 900.0;

/// Above this a sum is a salary, a price or an investment, not the fee for a small piece of work.
const FEE_DOLLARS_MAX: f64 = 60_000.0;

/// A later sum counts as a rise from this factor on; less is rounding and exchange rates.
const RISE_FACTOR: f64 = 1.25;

/// Adds the computed findings.
pub fn add_computed(pack: &Pack, thread: &Thread, recognised: &mut Recognised) {
    drop_persistence_without_refusal(pack, recognised);
    let mut added = Vec::new();
    for (index, indicator) in pack.indicators.iter().enumerate() {
        let Some(computed) = &indicator.computed else { continue };
        for side in 0..recognised.sides.len() {
            let context = Context { pack, thread, recognised, side };
            let place = match computed.get_ref().as_str() {
                "fee-above-work" => context.fee_above_work(),
                "fee-rises" => context.fee_rises(),
                "ask-repeated-after-no" => context.ask_repeated_after_no(),
                "ask-grows" => context.ask_grows(),
                "money-then-ask" => context.money_then_ask(),
                "acts-combine" => context.acts_combine(),
                "identity-address-mismatch" => context.identity_address_mismatch(),
                _ => None,
            };
            if let Some((message, span)) = place {
                added.push(Finding {
                    indicator: index,
                    message,
                    span,
                    role: Role::Own,
                    side,
                    rule: None,
                });
            }
        }
    }
    recognised.findings.extend(added);
    recognised.findings.sort_by_key(|finding| (finding.message, finding.span, finding.indicator));
}

/// Words of persistence ("then just", "only roughly") mean something only after a refusal: findings of
/// an indicator with `computed = "ask-repeated-after-no"` are kept where the other side has refused
/// before.
fn drop_persistence_without_refusal(pack: &Pack, recognised: &mut Recognised) {
    let id_of = |finding: &Finding| pack.indicators.get(finding.indicator);
    let refusals: Vec<(usize, usize)> = recognised
        .findings
        .iter()
        .filter(|f| {
            f.role == Role::Own && id_of(f).is_some_and(|i| i.id.get_ref() == "receiver-refuses")
        })
        .map(|f| (f.message, f.side))
        .collect();
    recognised.findings.retain(|finding| {
        let is_persistence = id_of(finding)
            .and_then(|indicator| indicator.computed.as_ref())
            .is_some_and(|computed| computed.get_ref() == "ask-repeated-after-no");
        !is_persistence
            || refusals
                .iter()
                .any(|&(message, side)| side != finding.side && message < finding.message)
    });
}

type Place = (usize, (usize, usize));

struct Context<'a> {
    pack: &'a Pack,
    thread: &'a Thread,
    recognised: &'a Recognised,
    side: usize,
}

impl Context<'_> {
    /// The side's own findings of a family, in order.
    fn own(&self, wanted: Family) -> impl Iterator<Item = &Finding> {
        self.recognised.findings.iter().filter(move |finding| {
            finding.side == self.side
                && finding.role == Role::Own
                && family(self.pack, finding.indicator) == Some(wanted)
        })
    }

    /// Whether a finding is something that a side does to get what it wants.
    fn is_act(&self, finding: &Finding) -> bool {
        self.pack.indicators.get(finding.indicator).is_some_and(|indicator| {
            indicator.polarity == Polarity::For
                && indicator.computed.is_none()
                && indicator.family != Some(Family::Reply)
        })
    }

    fn has(&self, finding: &Finding, id: &str) -> bool {
        self.pack
            .indicators
            .get(finding.indicator)
            .is_some_and(|indicator| indicator.id.get_ref() == id)
    }

    /// A sum in the same message as an offer to pay for a small piece of work, far above what it earns.
    fn fee_above_work(&self) -> Option<Place> {
        let offers: Vec<usize> = self
            .recognised
            .findings
            .iter()
            .filter(|f| f.side == self.side && f.role == Role::Own && self.has(f, "fee-small-work"))
            .map(|f| f.message)
            .collect();
        self.recognised
            .sums
            .iter()
            .find(|sum| {
                sum.side == self.side
                    && sum.role == Role::Own
                    && offers.contains(&sum.message)
                    && (FEE_DOLLARS_HIGH..FEE_DOLLARS_MAX).contains(&sum.dollars)
            })
            .map(|sum| (sum.message, sum.span))
    }

    /// Sums that grow from message to message, where somebody pays for work or for the person.
    fn fee_rises(&self) -> Option<Place> {
        let pays = self.own(Family::Money).next().is_some();
        let mut least: Option<(usize, f64)> = None;
        for sum in &self.recognised.sums {
            let small = sum.dollars > 0.0 && sum.dollars < FEE_DOLLARS_MAX;
            if !pays || sum.side != self.side || sum.role != Role::Own || !small {
                continue;
            }
            match least {
                Some((message, dollars))
                    if sum.message > message && sum.dollars >= dollars * RISE_FACTOR =>
                {
                    return Some((sum.message, sum.span));
                }
                Some((_, dollars)) if sum.dollars >= dollars => {}
                _ => least = Some((sum.message, sum.dollars)),
            }
        }
        None
    }

    /// The other side has said no, and this side asks, plays down, pays or hides again.
    fn ask_repeated_after_no(&self) -> Option<Place> {
        let refused = self
            .recognised
            .findings
            .iter()
            .find(|f| {
                f.side != self.side && f.role == Role::Own && self.has(f, "receiver-refuses")
            })?
            .message;
        let accepted =
            self.recognised.findings.iter().any(|f| {
                f.side == self.side && f.message > refused && self.has(f, "accepts-refusal")
            });
        if accepted {
            return None;
        }
        self.recognised
            .findings
            .iter()
            .find(|f| {
                f.side == self.side && f.role == Role::Own && f.message > refused && self.is_act(f)
            })
            .map(|f| (f.message, f.span))
    }

    /// A later message asks for something of a later stage than the side's first asks.
    fn ask_grows(&self) -> Option<Place> {
        let mut first: Option<(usize, usize)> = None;
        for finding in self.own(Family::Ask).chain(self.own(Family::Money)) {
            let stage = self.stage(finding)?;
            match first {
                None => first = Some((finding.message, stage)),
                Some((message, _)) if finding.message < message => {
                    first = Some((finding.message, stage));
                }
                Some(_) => {}
            }
        }
        let (message, stage) = first?;
        self.own(Family::Ask)
            .find(|f| f.message > message && self.stage(f).is_some_and(|later| later > stage))
            .map(|f| (f.message, f.span))
    }

    fn stage(&self, finding: &Finding) -> Option<usize> {
        let id = self.pack.indicators.get(finding.indicator)?.stage.get_ref();
        self.pack.stages.iter().position(|stage| stage.id.get_ref() == id)
    }

    /// Money or a gift in one message, an ask or secrecy in a later one.
    fn money_then_ask(&self) -> Option<Place> {
        let paid = self.own(Family::Money).map(|f| f.message).min()?;
        self.own(Family::Ask)
            .chain(self.own(Family::Secrecy))
            .find(|f| f.message > paid)
            .map(|f| (f.message, f.span))
    }

    /// An ask, money and secrecy from one side: each is common, the three together are not.
    fn acts_combine(&self) -> Option<Place> {
        let ask = self.own(Family::Ask).next()?;
        let money = self.own(Family::Money).next()?;
        let secrecy = self.own(Family::Secrecy).next()?;
        [ask, money, secrecy]
            .into_iter()
            .max_by_key(|f| (f.message, f.span))
            .map(|f| (f.message, f.span))
    }

    /// Answers go to another domain than the one that writes, or a link shows another address than
    /// the one it leads to.
    fn identity_address_mismatch(&self) -> Option<Place> {
        self.thread.messages.iter().enumerate().find_map(|(index, message)| {
            if self.recognised.side_of.get(index) != Some(&self.side) || message.bulk.is_some() {
                return None;
            }
            if let Some(span) = misleading_link(&message.text) {
                return Some((index, span));
            }
            let from = message.from.domain()?;
            let reply = message.reply_to.as_ref()?.domain()?;
            (!same_organisation(&from, &reply)).then_some((index, (0, 0)))
        })
    }
}

/// A link whose shown text is an address on another domain; readers write it as `shown <https://…>`.
fn misleading_link(text: &str) -> Option<(usize, usize)> {
    text.match_indices(" <http").find_map(|(at, _)| {
        let address = text.get(at + 2..)?.split('>').next()?;
        let line = text.get(..at)?.rsplit('\n').next()?;
        let shown = line.split_whitespace().next_back()?;
        let shown_host = host(shown)?;
        let real_host = host(address)?;
        let is_address = shown_host.contains('.')
            && !shown_host.ends_with('.')
            && (shown.contains("://") || shown.starts_with("www."));
        (is_address && !same_organisation(&shown_host, &real_host))
            .then(|| (at - shown.len(), at + 3 + address.len()))
    })
}

/// The host of an address, in lower case.
fn host(address: &str) -> Option<String> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next()?;
    (!host.is_empty()).then(|| host.to_lowercase())
}

/// Whether one domain is the other or lies under it.
fn same_organisation(left: &str, right: &str) -> bool {
    left == right || left.ends_with(&format!(".{right}")) || right.ends_with(&format!(".{left}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_shows_another_address_is_found() {
        let text = "Open\nhttps://portal.lab.example/login <https://login.verify.test/a>\nBye";
        let span = misleading_link(text).and_then(|(from, to)| text.get(from..to));
        assert_eq!(span, Some("https://portal.lab.example/login <https://login.verify.test/a>"));
        assert_eq!(
            misleading_link(
                "our site <https://lab.example/a> and https://lab.example/b <https://www.lab.example/b>"
            ),
            None
        );
    }
}
