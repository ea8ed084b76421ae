//! Against the reference implementation, whose pieces and vectors are in `reference.tsv` (text, pieces, and
//! the vector in thousandths, from full-precision weights).

use super::*;

/// What the smaller weights may cost: the mean cosine to full precision was 0.994.
const COSINE_MIN: f32 = 0.98;

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn pieces_and_vectors_are_those_of_the_reference() {
    let encoder = Encoder::shipped().unwrap();
    let mut rows = 0;
    for line in include_str!("reference.tsv").lines() {
        let mut fields = line.split('\t');
        let text = fields.next().unwrap();
        let pieces = encoder.vocabulary.pieces(text);
        let written: Vec<&str> =
            pieces[1..pieces.len() - 1].iter().map(|&p| encoder.vocabulary.text(p)).collect();
        assert_eq!(written.join(" "), fields.next().unwrap());
        let reference: Vec<f32> =
            fields.next().unwrap().split(' ').map(|n| n.parse::<f32>().unwrap() / 1e3).collect();
        let meaning = &encoder.encode(&[text])[0];
        assert!(dot(meaning, &reference) > COSINE_MIN, "{text}: {}", dot(meaning, &reference));
        rows += 1;
    }
    assert_eq!(rows, 10);
}

#[test]
fn a_sentence_means_the_same_in_any_company() {
    let encoder = Encoder::shipped().unwrap();
    let texts: Vec<&str> = include_str!("reference.tsv")
        .lines()
        .cycle()
        .take(60)
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    let together = encoder.encode(&texts);
    for (text, meaning) in texts.iter().zip(&together) {
        let alone = &encoder.encode(&[text])[0];
        assert!(dot(alone, meaning) > 0.999_99, "{text}");
    }
}

#[test]
fn a_text_without_words_means_nothing() {
    let encoder = Encoder::shipped().unwrap();
    let meanings = encoder.encode(&["", " \n", "cash"]);
    assert!(meanings[0].iter().chain(meanings[1].iter()).all(|&value| value == 0.0));
    assert!((dot(&meanings[2], &meanings[2]) - 1.0).abs() < 1e-4);
    assert_eq!(encoder.encode(&[]), Vec::<Meaning>::new());
}

#[test]
fn a_broken_file_is_refused() {
    let whole: &'static [u8] = include_bytes!("../../data/sentence-encoder.bin");
    for end in [0, 7, 8, 12, 40, 1 << 20, whole.len() - 1] {
        assert_eq!(file::read(&whole[..end]).unwrap_err().problem, "it ends too early");
    }
    let error = file::read(b"NOTENC01").unwrap_err();
    assert_eq!(error.problem, "it does not begin with `CSENC001`");
}
