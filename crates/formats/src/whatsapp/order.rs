//! Whether `3/4/2026` is in March or in April: told by all dates of a file together.

use super::line::Head;

/// The order of the numbers in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayMonthYear,
    MonthDayYear,
    YearMonthDay,
}

/// An order, and what to tell the reader if it was assumed.
pub(super) struct Inferred {
    pub(super) order: Order,
    pub(super) note: Option<&'static str>,
}

impl Order {
    /// Year, month, day.
    pub(super) fn date(self, head: &Head) -> (u32, u32, u32) {
        let [first, second, third] = head.numbers;
        // Two digits are of this century: WhatsApp was founded in 2009.
        let full = |year: u32| if year < 100 { 2000 + year } else { year };
        match self {
            Self::DayMonthYear => (full(third), second, first),
            Self::MonthDayYear => (full(third), first, second),
            Self::YearMonthDay => (full(first), second, third),
        }
    }
}

/// Infers the order from a number above 12, else from the messages being in order of time, else
/// from the manner of writing.
pub(super) fn infer(heads: &[Head]) -> Inferred {
    let sure = |order| Inferred { order, note: None };
    if heads.iter().any(|head| head.year_first || head.numbers[0] > 31) {
        return sure(Order::YearMonthDay);
    }
    let day_first = heads.iter().any(|head| head.numbers[0] > 12);
    let month_first = heads.iter().any(|head| head.numbers[1] > 12);
    match (day_first, month_first) {
        (true, false) => return sure(Order::DayMonthYear),
        (false, true) => return sure(Order::MonthDayYear),
        (true, true) => {
            return Inferred {
                order: Order::DayMonthYear,
                note: Some(
                    "The chat mixes two orders of day and month; day before month was assumed.",
                ),
            };
        }
        (false, false) => {}
    }
    // Where dates have points, the day comes first in every region.
    if heads.iter().all(|head| head.separator == '.') {
        return sure(Order::DayMonthYear);
    }
    let day_first = disorder(heads, Order::DayMonthYear);
    let month_first = disorder(heads, Order::MonthDayYear);
    if day_first < month_first {
        return sure(Order::DayMonthYear);
    }
    if month_first < day_first {
        return sure(Order::MonthDayYear);
    }
    if heads.iter().all(|head| head.numbers[0] == head.numbers[1]) {
        return sure(Order::DayMonthYear);
    }
    if heads.iter().any(|head| head.twelve_hours) {
        Inferred {
            order: Order::MonthDayYear,
            note: Some(
                "The dates of the chat can be read in two ways; month before day was assumed, as \
                 its times have AM and PM.",
            ),
        }
    } else {
        Inferred {
            order: Order::DayMonthYear,
            note: Some(
                "The dates of the chat can be read in two ways; day before month was assumed.",
            ),
        }
    }
}

/// How often a message would be older than the one before it.
fn disorder(heads: &[Head], order: Order) -> usize {
    let dates = heads.iter().map(|head| (order.date(head), head.clock));
    dates.clone().zip(dates.skip(1)).filter(|(before, after)| after < before).count()
}
