public import MLOpsCore
internal import OrderedCollections

extension TrainingEvent.Step {
    /// The step as a line of `events.jsonl`.
    public var json: JSONValue {
        [
            "event": "step", "step": .integer(Int64(index)), "epoch": .number(epoch), "loss": .number(loss),
            "grad_norm": .number(gradientNorm), "lr": .number(learningRate), "tokens": .integer(Int64(tokens)),
            "supervised_tokens": .integer(Int64(supervisedTokens)), "seconds": .number(seconds),
        ]
    }

    /// Reads a line of `events.jsonl`, nil when it is not a step.
    public init?(_ json: JSONValue) {
        func number(_ key: String) -> Double? {
            if let value = json[key]?.double { return value }
            // JSON has no such numbers; the writer spells them out.
            switch json[key]?.string {
            case "nan": return .nan
            case "inf": return .infinity
            case "-inf": return -.infinity
            default: return nil
            }
        }
        guard json["event"]?.string == "step", let index = json["step"]?.int, let epoch = number("epoch"),
            let loss = number("loss"), let norm = number("grad_norm"), let rate = number("lr"),
            let tokens = json["tokens"]?.int, let supervised = json["supervised_tokens"]?.int,
            let seconds = number("seconds")
        else { return nil }
        self.init(
            index: index, epoch: epoch, loss: loss, gradientNorm: norm, learningRate: rate, tokens: tokens,
            supervisedTokens: supervised, seconds: seconds)
    }
}

extension TrainingEvent.Evaluation {
    /// The measurement as a line of `events.jsonl`.
    public var json: JSONValue {
        [
            "event": "evaluated", "step": .integer(Int64(step)), "loss": .number(loss),
            "perplexity": .number(perplexity),
            "tokens": .integer(Int64(tokens)), "best": .bool(isBest),
        ]
    }
}

extension TrainingEvent.Summary {
    /// What came of training, as `metrics.json` and the journal tell it.
    public var json: JSONValue {
        var members: JSONObject = [
            "steps": .integer(Int64(steps)), "epochs": .number(epochs), "first_loss": .number(firstLoss),
            "final_loss": .number(finalLoss), "eval_loss": validationLoss.map { .number($0) } ?? .null,
            "tokens": .integer(Int64(tokens)), "seconds": .number(seconds),
            "tokens_per_second": seconds > 0 ? .number(Double(tokens) / seconds) : .null,
            "stopped_early": .bool(stoppedEarly),
        ]
        if let bestStep {
            members["best_step"] = .integer(Int64(bestStep))
            members["best_eval_loss"] = bestValidationLoss.map { .number($0) } ?? .null
        }
        return .object(members)
    }
}

extension HealthFinding {
    /// The finding as a line of `events.jsonl`.
    public var json: JSONValue {
        [
            "event": "health", "step": .integer(Int64(step)), "rule": .string(rule.rawValue),
            "action": .string(action.rawValue), "message": .string(message),
        ]
    }
}
