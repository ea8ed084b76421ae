//! The conventions of `Message::text` that more than one reader needs.

/// The line that a forwarded message follows.
pub(crate) const FORWARDED: &str = "---------- Forwarded message ----------";

/// How mail programs title a forwarded message, between dashes, in lower case.
const FORWARD_TITLES: [&str; 21] = [
    "forwarded message",
    "weitergeleitete nachricht",
    "message transféré",
    "message transmis",
    "mensaje reenviado",
    "messaggio inoltrato",
    "mensagem encaminhada",
    "doorgestuurd bericht",
    "пересылаемое сообщение",
    "перенаправленное сообщение",
    "пересланное сообщение",
    "转发的邮件",
    "转发邮件信息",
    "转发邮件",
    "已转发邮件",
    "轉寄郵件",
    "轉寄的郵件",
    "転送メッセージ",
    "転送されたメッセージ",
    "전달된 메시지",
    "전달된 메일",
];

/// Apple Mail's opening lines, which have no dashes.
const FORWARD_OPENINGS: [&str; 6] = [
    "begin forwarded message:",
    "anfang der weitergeleiteten nachricht:",
    "début du message réexpédié :",
    "inicio del mensaje reenviado:",
    "下面是被转发的邮件：",
    "開始轉寄郵件：",
];

/// Rewrites the various titles of forwarded messages to [`FORWARDED`], and trims the text.
pub(crate) fn keep(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for line in text.trim_matches('\n').lines() {
        // `-- ` opens a signature and keeps its space.
        let line = if line == "-- " { line } else { line.trim_end() };
        kept.push_str(if opens_forward(line) { FORWARDED } else { line });
        kept.push('\n');
    }
    kept.truncate(kept.trim_end().len());
    kept
}

fn opens_forward(line: &str) -> bool {
    // Longest title with its dashes, in bytes; most lines end here.
    if line.len() > 120 {
        return false;
    }
    let bare = line.trim_matches(['-', ' ']);
    if line.starts_with("---") && line.ends_with("---") {
        let bare = bare.to_lowercase();
        return FORWARD_TITLES.contains(&bare.as_str());
    }
    line.ends_with([':', '：']) && FORWARD_OPENINGS.contains(&line.to_lowercase().as_str())
}
