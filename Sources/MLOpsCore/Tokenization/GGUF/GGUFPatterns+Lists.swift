extension GGUFPatterns {
    /// DeepSeek's first: letters with case, punctuation, ideographs, numbers.
    static let deepseekLLM = [
        #"[\r\n]"#,
        #"\s?["# + casedLetters + "]+",
        #"\s?[!-/:-~！-／：-～‘-‟\x{3000}-。]+"#,
        #"\s+\z"#,
        #"[一-龥\x{800}-一가-\x{D7FF}]+"#,
        #"\p{N}+"#,
    ]
    /// DeepSeek-Coder's.
    static let deepseekCoder = [
        #"[\r\n]"#,
        #"\s?\p{L}+"#,
        #"\s?\p{P}+"#,
        #"[一-龥\x{800}-一가-\x{D7FF}]+"#,
        #"\p{N}"#,
    ]
    /// DeepSeek 3's.
    static let deepseek3 = [
        #"\p{N}{1,3}"#,
        #"[一-龥\x{3040}-ゟ゠-ヿ]+"#,
        words + #"[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
    ]
    /// Spark's: DeepSeek 3's with single line breaks and digits.
    static let spark = [
        #"\p{N}{1,3}"#,
        #"[一-龥\x{3040}-ゟ゠-ヿ]+"#,
        words + #"|[\r\n]|\s+(?!\S)|\s+"#,
        #"\p{N}"#,
    ]
    /// Youtu's: scripts of East Asia first.
    static let youtu = [
        #"[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-\x{303F}︰-﹏]+|[ㄅ-ㄯ]+|[一-龥\x{3040}-ゟ゠-ヿ]+"#,
        mixedWords + suffix + "?|" + startedWords + suffix
            + #"?|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
    ]
    /// Falcon's.
    static let falcon = [
        #"[\p{P}\$\+<=>\^~\|`]+"#,
        Pretokenizer.gpt2Pattern,
        #"[0-9][0-9][0-9]"#,
    ]
    /// Chameleon's: its images and sentinels first.
    static let chameleon = [
        #"<sentinel:[0-9]+>"#,
        #"(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z"#,
        #"([\t\n]|    |  )"#,
        #"\p{N}"#,
        #"[\p{P}!-/:-@\[-`{-~]"#,
        Pretokenizer.gpt2Pattern,
    ]
    /// Tiny Aya's: numbers in threes from the right, the first group with what stands before it.
    static let tinyAya = [
        digitGroups,
        mixedWords + suffix + "?|" + startedWords + suffix
            + #"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
    ]
    /// SuperBPE's: numbers in threes from the right.
    static let superBPE = [
        #"\p{N}+"#,
        #"(?=(?:[0-9]{3})+(?![0-9]))"#,
    ]
    /// AFMoE's: numbers in threes from the right, scripts of Asia, words.
    static let afmoe = [
        digitGroups,
        #"[一-鿿㐀-䶿豈-\x{FAFF}\x{3040}-ゟ゠-ヿ･-ﾟ⼀-\x{2FDF}เ-\x{E7F}\x{E80}-\x{EFF}ក-\x{17FF}က-႟ꩠ-ꩿꧠ-\x{A9FF}가-\x{D7AF}ᄀ-ᇿ]+"#,
        words + #"[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
    ]
    /// MiniCPM 5's.
    static let miniCPM5 = [
        #"\p{N}{1,3}"#,
        suffix + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
    ]
    /// What files without a name get.
    static let fallback = [
        #"[\p{P}\$\+<=>\^~\|]+"#,
        Pretokenizer.gpt2Pattern,
        #"\p{N}+"#,
        #"[0-9][0-9][0-9]"#,
    ]

    /// English suffixes in either case.
    private static let suffix = #"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"#
    /// Words after one ASCII sign, words, punctuation.
    private static let words =
        #"[!-/:-@\[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+"#
    /// Words of letters and marks that may begin with one other character.
    private static let mixedWords = #"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]*[\p{L}\p{M}]+"#
    /// The same as the other half of the alternative says it.
    private static let startedWords = #"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+[\p{L}\p{M}]*"#
    /// Groups of digits from the right; what stands before a number goes with its first group.
    private static let digitGroups = #"[^\p{N}]*\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))"#
    /// Letters that have a case, as DeepSeek lists them.
    private static let casedLetters =
        #"A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF}\x{1C4}-\x{293}"#
        + #"\x{295}-\x{2AF}\x{370}-\x{373}\x{376}\x{377}\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38A}\x{38C}"#
        + #"\x{38E}-\x{3A1}\x{3A3}-\x{3F5}\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}"#
        + #"\x{13A0}-\x{13F5}\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B}"#
        + #"\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45}"#
        + #"\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}\x{1F5D}\x{1F5F}-\x{1F7D}\x{1F80}-\x{1FB4}"#
        + #"\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC}\x{1FD0}-\x{1FD3}\x{1FD6}-\x{1FDB}"#
        + #"\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107}\x{210A}-\x{2113}\x{2115}"#
        + #"\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\x{2134}\x{2139}"#
        + #"\x{213C}-\x{213F}\x{2145}-\x{2149}\x{214E}\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4}"#
        + #"\x{2CEB}-\x{2CEE}\x{2CF2}\x{2CF3}\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F}"#
        + #"\x{A771}-\x{A787}\x{A78B}-\x{A78E}\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06}\x{FB13}-\x{FB17}"#
        + #"\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}"#
        + #"\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}"#
}
