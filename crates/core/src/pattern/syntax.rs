//! How a pattern is written: alternatives, optional words, classes, and words that go on.

use crate::fold::is_unspaced;

/// Alternatives from which a phrase is cut into neighbouring pieces instead of being multiplied out.
const ALTERNATIVES_CUT: usize = 64;
/// Alternatives of one piece; more is a mistake in its parentheses.
const ALTERNATIVES_MAX: usize = 2_000;

/// One element of a chain while it is read.
pub(super) enum Element {
    Words(Vec<String>),
    Class(String),
    /// Alternatives of which some are classes.
    Group(Vec<String>, Vec<String>),
}

/// Splits at a character outside parentheses.
pub(super) fn split_top(text: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (offset, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if c == at && depth == 0 => {
                parts.extend(text.get(start..offset));
                start = offset + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// Reads one link of a chain: words, classes and groups next to each other.
pub(super) fn elements(link: &str) -> Result<Vec<Element>, String> {
    let mut elements = Vec::new();
    let mut words = String::new();
    let flush = |words: &mut String, elements: &mut Vec<Element>| {
        let taken = std::mem::take(words);
        // Words that may all be absent beside a class or group say nothing.
        for (unit, _) in units(taken.trim()) {
            if !multiply_out(&unit)?.iter().any(String::is_empty) {
                elements.extend(pieces(taken.trim())?.into_iter().map(Element::Words));
                return Ok(());
            }
        }
        Ok::<(), String>(())
    };
    for token in
        split_top(&with_classes_apart(link), ' ').into_iter().filter(|token| !token.is_empty())
    {
        if let Some(class) = token.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'))
            && !class.contains(['<', '>'])
        {
            flush(&mut words, &mut elements)?;
            elements.push(Element::Class(class.to_owned()));
        } else if token.contains('<') {
            for (unit, _) in units(token) {
                flush(&mut words, &mut elements)?;
                if unit.contains('<') {
                    let (classes, literal): (Vec<String>, Vec<String>) = expand(&unit)?
                        .into_iter()
                        .partition(|choice| choice.starts_with('<') && choice.ends_with('>'));
                    let classes = classes
                        .iter()
                        .map(|class| class.trim_matches(['<', '>']).to_owned())
                        .collect();
                    elements.push(Element::Group(literal, classes));
                } else {
                    words.push_str(&unit);
                }
            }
        } else {
            words.push(' ');
            words.push_str(token);
        }
    }
    flush(&mut words, &mut elements)?;
    if link.is_empty() {
        return Err("an empty part: something is missing beside `..` or `&`".to_owned());
    }
    Ok(elements)
}

/// Puts spaces round classes that stand outside parentheses.
fn with_classes_apart(link: &str) -> String {
    let mut depth = 0_usize;
    let mut apart = String::with_capacity(link.len() + 8);
    for character in link.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '<' if depth == 0 => apart.push(' '),
            _ => {}
        }
        apart.push(character);
        if character == '>' && depth == 0 {
            apart.push(' ');
        }
    }
    apart
}

/// Multiplies out a phrase with alternatives, cut into pieces that stand next to each other.
///
/// It is cut behind every `*`, because the word may go on there, and where multiplying out would make
/// too many strings.
pub(super) fn pieces(words: &str) -> Result<Vec<Vec<String>>, String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut count = 1;
    for (unit, is_glued) in units(words) {
        let alternatives = multiply_out(&unit)?;
        let may_be_empty = alternatives.iter().any(String::is_empty);
        let too_many = count * alternatives.len() > ALTERNATIVES_CUT && !may_be_empty;
        if too_many && !current.is_empty() && !multiply_out(&current)?.iter().any(String::is_empty)
        {
            pieces.push(std::mem::take(&mut current));
            count = 1;
        }
        if !current.is_empty() && !is_glued {
            current.push(' ');
        }
        current.push_str(&unit);
        count *= alternatives.len();
    }
    pieces.push(current);
    let expanded: Vec<Vec<String>> =
        pieces.iter().map(|piece| expand(piece)).collect::<Result<_, _>>()?;
    if expanded.iter().any(Vec::is_empty) {
        Err("a phrase without words".to_owned())
    } else {
        Ok(expanded)
    }
}

/// The units of a phrase that may stand as pieces of their own, and whether each is glued to the one
/// before: words between spaces, groups whose choices end in a space, and in scripts without spaces
/// every group and the text between them.
fn units(words: &str) -> Vec<(String, bool)> {
    let mut units = Vec::new();
    for token in split_top(words, ' ').into_iter().filter(|token| !token.is_empty()) {
        let unspaced = token.chars().any(is_unspaced);
        let mut depth = 0_usize;
        let mut unit = String::new();
        let mut is_glued = false;
        for character in token.chars() {
            if character == '(' && depth == 0 && unspaced && !unit.is_empty() {
                units.push((std::mem::take(&mut unit), is_glued));
                is_glued = true;
            }
            match character {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            unit.push(character);
            if character == ')' && depth == 0 && (unspaced || ends_in_space(&unit)) {
                units.push((std::mem::take(&mut unit), is_glued));
                is_glued = true;
            }
        }
        if !unit.is_empty() {
            units.push((unit, is_glued));
        }
    }
    units
}

/// Whether every choice of a group ends in a space or is empty, so that a word ends with it.
fn ends_in_space(group: &str) -> bool {
    let inner = group.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    inner.is_some_and(|inner| {
        split_top(inner, '|').iter().all(|choice| choice.is_empty() || choice.ends_with(' '))
    })
}

/// Expands `(a|b|)` alternatives into plain strings with single spaces; the empty one is left out.
fn expand(words: &str) -> Result<Vec<String>, String> {
    let mut expanded = multiply_out(words)?;
    expanded.retain(|words| !words.is_empty());
    expanded.sort();
    expanded.dedup();
    Ok(expanded)
}

fn multiply_out(words: &str) -> Result<Vec<String>, String> {
    let Some(open) = words.find('(') else {
        if words.contains([')', '|']) {
            return Err("a `)` or `|` without `(`".to_owned());
        }
        return Ok(vec![words.split_whitespace().collect::<Vec<_>>().join(" ")]);
    };
    let mut depth = 0_usize;
    let close =
        words.char_indices().skip_while(|&(at, _)| at < open).find_map(|(at, character)| {
            match character {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at)
        });
    let close = close.ok_or_else(|| "a `(` without `)`".to_owned())?;
    let head = words.get(..open).unwrap_or_default();
    let inner = words.get(open + 1..close).unwrap_or_default();
    let tail = words.get(close + 1..).unwrap_or_default();
    let mut expanded = Vec::new();
    for choice in split_top(inner, '|') {
        expanded.extend(multiply_out(&format!("{head}{choice}{tail}"))?);
        if expanded.len() > ALTERNATIVES_MAX {
            return Err(format!("more than {ALTERNATIVES_MAX} alternatives"));
        }
    }
    Ok(expanded)
}
