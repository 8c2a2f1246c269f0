/// The groups that training and evaluation have in common.
extension GenerationOptions {
    /// The keys of the group `generation`.
    static let bindings: [ConfigurationBinding<GenerationOptions>] = {
        let make = ConfigurationBindings(defaults: GenerationOptions())
        return [
            make.integer(
                "generation.max_new_tokens", \.maximumTokens, 1..., unit: "tokens",
                "The most tokens of an answer."),
            make.number(
                "generation.temperature", \.temperature, .atLeast(0),
                "0 takes the most likely token each time; higher values draw more freely."),
            make.number(
                "generation.top_p", \.topP, .above(0, to: 1), unit: "probability",
                "Draw from the smallest set of tokens that reaches this sum; 1 keeps all."),
            make.integer(
                "generation.top_k", \.topK, 0..., unit: "tokens",
                "Draw from so many most likely tokens; 0 keeps all."),
            make.seed("generation.seed", \.seed, "The seed of the draws."),
        ]
    }()
}

extension GateConfiguration {
    /// The keys of the group `gate`.
    static let bindings: [ConfigurationBinding<GateConfiguration>] = {
        let make = ConfigurationBindings(defaults: GateConfiguration())
        return [
            make.flag("gate.enabled", \.isEnabled, "Let the evaluation decide whether the run passed."),
            make.objects("gate.rules", \.rules, Rule.schema, "What must hold; all of it."),
        ]
    }()
}

extension GateConfiguration.Rule {
    /// The keys of a rule.
    static let schema: ConfigurationSchema<Self> = {
        let start = Self(metric: "")
        let make = ConfigurationBindings(defaults: start)
        return ConfigurationSchema(
            title: "rule", start: start,
            bindings: [
                make.text("metric", \.metric, isRequired: true, "The metric's name."),
                make.number(
                    "min_improvement", \.minimumImprovement, .any,
                    "The metric must improve on the base model by more than this."),
                make.number(
                    "min_percent_change", \.minimumPercentChange, .any, unit: "percent of the base model's value",
                    "The metric must improve on the base model by more than this."),
                make.number("min_value", \.minimumValue, .any, "The metric must be at least this."),
                make.number("max_value", \.maximumValue, .any, "The metric must be at most this."),
            ])
    }()
}
