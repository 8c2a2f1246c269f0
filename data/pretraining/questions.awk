# Makes conversations of WordNet's data files (data.noun, data.verb, data.adj, data.adv; format: wndb(5WN)).
# A synset becomes one row of one to three questions and answers; which questions, and in which words, follows from its
# place in its file. One synset in 256 is held out: its row goes to the file `heldout`, unless its question is that of a
# training row (a word of two meanings); every other row goes to standard output.
#
#   awk -v heldout=FILE -f questions.awk data.noun data.noun data.verb data.verb …
#
# Every file is named twice: the first reading learns the words of each synset, for its superordinates' names.

function quoted(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
}

# The sentence that an answer is: a capital first, a full stop last.
function sentence(text) {
    text = toupper(substr(text, 1, 1)) substr(text, 2)
    return text ~ /[.!?]$/ ? text : text "."
}

function turn(question, answer) {
    if (messages == "") asked = question
    messages = messages (messages == "" ? "" : ", ") \
        "{\"role\": \"user\", \"content\": " quoted(question) "}, " \
        "{\"role\": \"assistant\", \"content\": " quoted(answer) "}"
}

# The wording number `number` of the list `name`, with the word for {} and its class for [].
function wording(name, number, word,    text, at) {
    text = wordings[name, number % counts[name]]
    if ((at = index(text, "[]")) > 0) text = substr(text, 1, at - 1) class substr(text, at + 2)
    if ((at = index(text, "{}")) > 0) text = substr(text, 1, at - 1) word substr(text, at + 2)
    return text
}

function list(name, texts,    parts, count, i) {
    count = split(texts, parts, "|")
    counts[name] = count
    for (i = 1; i <= count; i++) wordings[name, i - 1] = parts[i]
}

BEGIN {
    classes["n"] = "noun"; classes["v"] = "verb"; classes["a"] = "adjective"; classes["s"] = "adjective"
    classes["r"] = "adverb"
    list("define", "What does \"{}\" mean?|Define the [] \"{}\".|What is the meaning of the [] \"{}\"?|What is {}?|" \
        "Explain the word {}.|How do you define \"{}\"?|Tell me what {} means.|Give a definition of the [] {}.|" \
        "What does the word {} mean?|Can you explain what \"{}\" is?|Which meaning does the [] \"{}\" have?|" \
        "I would like to know what {} means.|How would you explain {} to me?|What do people mean by \"{}\"?|" \
        "Describe {} in a sentence.|What does it mean when someone says {}?")
    list("again", "What does it mean?|Define it.|And what does that mean?|Explain it, please.")
    list("reverse", "Which [] means \"{}\"?|What is the word for this: {}|Find a [] for: {}|What do you call this? {}|" \
        "Which word is described here? {}|Name the [] with this meaning: {}")
    list("synonyms", "Give synonyms of \"{}\".|What is another word for {}?|Which words mean the same as \"{}\"?|" \
        "How else can I say {}?|Name a synonym of the [] \"{}\".")
    list("synonyms again", "What is another word for it?|Which words mean the same?|Give synonyms.")
    list("use", "Use the [] \"{}\" in a sentence.|Give an example of how \"{}\" is used.|How do I use the word {}?|" \
        "Write a sentence with {}.")
    list("use again", "Use it in a sentence.|Give an example.|How is it used?")
    list("kind", "What kind of thing is \"{}\"?|Which kind of [] is {}?|To what does {} belong?|" \
        "What is {} a kind of?")
    list("kind again", "What kind of thing is it?|What is that a kind of?")
    for (number = 1; number < 256; number++) digits[sprintf("%02x", number)] = number
}

FNR == 1 { readings[FILENAME]++ }

# The lines of the licence begin with a space.
/^ / { next }

# The first reading.
readings[FILENAME] == 1 {
    first = $5
    gsub(/_/, " ", first)
    names[substr($3, 1, 1) == "s" ? "a" : $3, $1] = first
    next
}

{
    class = classes[$3]
    seed = $1 + 0
    messages = ""
    count = digits[$4]
    for (i = 0; i < count; i++) {
        word = $(5 + 2 * i)
        sub(/\([a-z]+\)$/, "", word)  # the position of an adjective: (a), (p), (ip)
        gsub(/_/, " ", word)
        words[i] = word
    }
    # The first superordinate.
    above = ""
    links = 5 + 2 * count
    for (i = 0; i < $links + 0; i++) {
        if ($(links + 1 + 4 * i) ~ /^@/) {
            above = names[$(links + 3 + 4 * i), $(links + 2 + 4 * i)]
            break
        }
    }
    # The gloss: a definition, then examples in quotation marks.
    gloss = substr($0, index($0, " | ") + 3)
    sub(/ +$/, "", gloss)
    example = ""
    if (match(gloss, /[;:,] *"/)) {
        example = substr(gloss, RSTART + RLENGTH)
        gloss = substr(gloss, 1, RSTART - 1)
        if (!match(example, /"/)) example = ""
        else example = substr(example, 1, RSTART - 1)
    }
    if (gloss == "" || gloss ~ /^"/) next
    gsub(/`/, "'", gloss)
    gloss = sentence(gloss)

    word = words[seed % count]
    others = ""
    for (i = 0; i < count && i < 5; i++) if (words[i] != word) others = others (others == "" ? "" : ", ") words[i]
    number = int(seed / 7)
    isKnown = 1
    kind = seed % 8
    if (kind == 0 && others != "") {
        turn(wording("synonyms", number, word), sentence(others))
        others = ""
    } else if (kind == 1 && example != "") {
        turn(wording("use", number, word), sentence(example))
        example = ""
    } else if (kind == 2 && above != "") {
        turn(wording("kind", number, word), sentence("a kind of " above))
        above = ""
    } else if (kind == 3 || kind == 4) {
        turn(wording("reverse", number, gloss), sentence(word))
        gloss = ""
    } else {
        turn(wording("define", number, word), gloss)
        gloss = ""
    }
    if (gloss != "") turn(wording("again", number), gloss)
    if (seed % 3 == 0 && others != "") turn(wording("synonyms again", number), sentence(others))
    else if (seed % 3 == 1 && example != "") turn(wording("use again", number), sentence(example))
    else if (above != "") turn(wording("kind again", number), sentence("a kind of " above))
    row = "{\"messages\": [" messages "]}"
    if (int(seed / 11) % 256 == 0) {
        heldRows[++heldCount] = row
        heldQuestions[heldCount] = asked
    } else {
        print row
        questions[asked] = 1
    }
}

END {
    for (i = 1; i <= heldCount; i++) if (!(heldQuestions[i] in questions)) print heldRows[i] > heldout
}
