//! English for the usual names in data that come in Chinese only: categories, departments. The words are in
//! `assets/locales/terms.en.toml`, built in; what is not there is shown as it comes.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Locale;

const ENGLISH: &str = include_str!("../../assets/locales/terms.en.toml");

/// All sections in one: no name means two things.
static TERMS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let sections: HashMap<String, HashMap<String, String>> = toml::from_str(ENGLISH).unwrap_or_default();
    sections.into_values().flatten().collect()
});

impl Locale {
    /// A name of the data in this language, or as it comes where we have no word for it.
    pub fn term(self, name: &str) -> &str {
        match self {
            Locale::ZhCn => name,
            Locale::En => TERMS.get(name).map_or(name, String::as_str),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_have_english_words_and_others_stay() {
        assert_eq!(Locale::En.term("停水"), "Water cut");
        assert_eq!(Locale::En.term("区水务局"), "Water office");
        assert_eq!(Locale::ZhCn.term("停水"), "停水");
        assert_eq!(Locale::En.term("未曾听说"), "未曾听说");
    }

    #[test]
    fn each_word_is_short_and_means_one_thing() {
        let mut seen = HashMap::new();
        assert!(TERMS.len() > 60, "the file is read: {}", TERMS.len());
        for (name, words) in TERMS.iter() {
            assert!(words.is_ascii() && words.len() <= 20, "{name}: {words}");
            assert_eq!(seen.insert(words, name), None, "{words} twice");
        }
    }
}
