/// What a quality gate found, rule by rule: the `gate` section of `metrics.json`, which publishing reads.
public struct GateOutcome: Sendable, Hashable {
    /// What one rule found.
    public struct Rule: Sendable, Hashable {
        /// The rule in a line, such as `rouge1 improvement > 0.05`.
        public var rule: String
        /// The metric it looks at.
        public var metric: String
        /// What the rule compares; nil when the report does not have it.
        public var observed: Double?
        /// What it is compared with.
        public var threshold: Double
        /// Whether it holds.
        public var verdict: Verdict
        /// Why, in a sentence.
        public var reason: String

        /// Creates a finding.
        public init(
            rule: String, metric: String, observed: Double?, threshold: Double, verdict: Verdict, reason: String
        ) {
            self.rule = rule
            self.metric = metric
            self.observed = observed
            self.threshold = threshold
            self.verdict = verdict
            self.reason = reason
        }
    }

    /// The conclusion.
    public var verdict: Verdict
    /// The findings, in the order of the rules.
    public var rules: [Rule]

    /// Concludes from `rules`: see ``Verdict/init(of:)``.
    public init(rules: [Rule]) {
        self.verdict = Verdict(of: rules.map(\.verdict))
        self.rules = rules
    }

    /// The reasons of the rules that did not pass, in a paragraph; of all rules when all passed.
    public var reason: String {
        let open = rules.filter { $0.verdict != .passed }
        guard !rules.isEmpty else { return "The gate has no rules." }
        return (open.isEmpty ? rules : open).map(\.reason).joined(separator: " ")
    }
}

extension GateOutcome {
    /// `{verdict, reason, rules: [{rule, metric, observed, threshold, verdict, reason}]}`.
    public var json: JSONValue {
        [
            "verdict": .string(verdict.rawValue),
            "reason": .string(reason),
            "rules": .array(
                rules.map { rule in
                    [
                        "rule": .string(rule.rule), "metric": .string(rule.metric),
                        "observed": rule.observed.map(JSONValue.number) ?? .null, "threshold": .number(rule.threshold),
                        "verdict": .string(rule.verdict.rawValue), "reason": .string(rule.reason),
                    ]
                }),
        ]
    }

    /// Reads what `json` wrote; nil when the verdict or a rule is not as written.
    ///
    /// The verdict is concluded again from the rules when there are any, so that a file edited by hand does not open a gate
    /// its own rules keep shut.
    public init?(json: JSONValue) {
        guard let verdict = json["verdict"]?.string.flatMap(Verdict.init(rawValue:)) else { return nil }
        var rules: [Rule] = []
        for rule in json["rules"]?.array ?? [] {
            guard let metric = rule["metric"]?.string,
                let ruling = rule["verdict"]?.string.flatMap(Verdict.init(rawValue:))
            else {
                return nil
            }
            rules.append(
                Rule(
                    rule: rule["rule"]?.string ?? metric, metric: metric, observed: rule["observed"]?.metricNumber,
                    threshold: rule["threshold"]?.metricNumber ?? .nan, verdict: ruling,
                    reason: rule["reason"]?.string ?? ""))
        }
        self.init(rules: rules)
        // Without rules there is nothing to conclude from, and never a pass.
        if rules.isEmpty, verdict == .failed { self.verdict = .failed }
    }
}

extension JSONValue {
    /// The number, or the one that a writer put down as "nan", "inf" or "-inf".
    var metricNumber: Double? {
        switch self {
        case .string("nan"): .nan
        case .string("inf"): .infinity
        case .string("-inf"): -.infinity
        default: double
        }
    }
}
