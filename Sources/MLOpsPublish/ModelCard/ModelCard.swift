public import MLOpsCore
internal import Foundation
internal import OrderedCollections

/// The README.md of a trained adapter: hub metadata, figures against the base model, data, training, usage.
///
/// Everything in it comes from the run; what the run does not say is left out rather than guessed.
public struct ModelCard: Sendable {
    /// The run it describes.
    public let run: PublishableRun
    /// The base model's licence as the hub spells it (`apache-2.0`); nil when it is not known.
    public var license: String?
    /// The base model's name on the hub; nil when the base is only known by a path.
    public var baseModel: String?
    /// The word on which the adapter is published; nil for a card of an unpublished run.
    public var approval: ReleaseApproval?

    /// Prepares a card.
    ///
    /// - Parameter base: the base model's files, which may say the licence.
    public init(_ run: PublishableRun, base: ModelFiles? = nil, approval: ReleaseApproval? = nil) {
        self.run = run
        self.approval = approval
        baseModel = run.baseModelName.flatMap { Self.isHubName($0) ? $0 : nil }
        license = base.flatMap(Self.license)
    }

    /// Whether `name` can be a repository of the hub: `owner/name` of letters, digits, `-`, `_` and `.`.
    static func isHubName(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.count <= 96 && part.first != "." && part.first != "-"
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
            } && !name.hasSuffix(".gguf")
    }

    /// The licence that a GGUF file's metadata, or the front matter of a base model's README.md, names.
    private static func license(_ base: ModelFiles) -> String? {
        let named: String?
        if let metadata = base.ggufMetadata {
            named = metadata["general.license"]?.string
        } else {
            let readme = try? WholeFile.read(base.url.appending(path: "README.md"), limit: 1 << 20)
            let lines = readme.map { String(decoding: $0, as: UTF8.self).split(separator: "\n") } ?? []
            let matter = lines.first == "---" ? lines.dropFirst().prefix { $0 != "---" } : []
            named = matter.first { $0.hasPrefix("license:") }.map { String($0.dropFirst(8)) }
        }
        let plain = named?.trimmingCharacters(in: CharacterSet(charactersIn: " \t\r\"'")).lowercased()
        // The hub's identifiers are made of these letters; anything else would make the card invalid.
        return plain.flatMap { text in
            !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-.".contains($0)) }
                ? text : nil
        }
    }

    /// The whole README.md.
    public var text: String {
        let sections = [frontMatter, introduction, gate, figures, data, training, usage, environment]
        return sections.compactMap { $0 }.joined(separator: "\n\n") + "\n"
    }

    /// The YAML that the hub reads; every text is quoted, so nothing in it can become syntax.
    var frontMatter: String {
        var lines = ["---"]
        if let baseModel {
            lines.append("base_model: \(Self.quoted(baseModel))")
            lines.append("base_model_relation: adapter")
        }
        lines.append("library_name: peft")
        lines.append("pipeline_tag: text-generation")
        if let license { lines.append("license: \(license)") }
        lines.append("tags:")
        for tag in ["lora", "peft", "text-generation", "fine-tuned"] { lines.append("- \(tag)") }
        lines.append("---")
        return lines.joined(separator: "\n")
    }

    /// `text` as a double-quoted YAML scalar, which JSON's strings are.
    static func quoted(_ text: String) -> String { JSONValue.string(text).text() }

    /// The adapter's kind.
    private var method: String { run.adapter.configuration["use_dora"] == true ? "DoRA" : "LoRA" }

    private var introduction: String {
        let base = run.baseModelName.map { "`\(Self.code(Self.shortened($0)))`" } ?? "a base model"
        let modules = run.adapter.modules.count
        return """
            # \(Self.plain(run.directory.name))

            A \(method) adapter for \(base): \(modules) linear layers, trained with mlops \(PackageVersion.current).
            """
    }

    private var gate: String? {
        switch approval?.ground {
        case .waiver(let reason, let verdict):
            let judged = verdict.map { "Its quality gate: **\($0.rawValue)**." } ?? "It has no quality gate."
            return "> \(judged) Published all the same, because: \(Self.plain(reason))"
        case .passedGate, nil:
            guard let outcome = run.metrics?.gate else { return nil }
            return "Quality gate: **\(outcome.verdict.rawValue)**. \(Self.plain(outcome.reason))"
        }
    }

    private var figures: String? {
        guard let metrics = run.metrics, !metrics.model.isEmpty else { return nil }
        var lines = [
            "## Evaluation", "", "| metric | base | this adapter | improvement | percent |", "|---|---|---|---|---|",
        ]
        for (name, value) in metrics.model {
            let improvement = metrics.improvements[name]
            let percent = improvement?.percentChange.map { Self.figure($0, places: 1) + " %" } ?? "–"
            let cells = [
                Self.plain(name), metrics.baseline[name].map { Self.figure($0) } ?? "–", Self.figure(value),
                improvement.map { Self.figure($0.improvement) } ?? "–", percent,
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        if !metrics.counts.isEmpty {
            let counts = metrics.counts.map { "\(Self.plain($0.key)): \($0.value)" }
            lines += ["", "Counts: \(counts.joined(separator: ", "))."]
        }
        return lines.joined(separator: "\n")
    }

    private var data: String? {
        var lines: [String] = []
        if let data = run.configuration?.data {
            lines.append("- source: `\(Self.code(Self.shortened(data.path)))`")
            lines.append("- loss on: \(data.trainOn.rawValue)")
            lines.append("- longest row: \(data.maximumLength) tokens")
            lines.append("- held out: \(Self.figure(data.testSize * 100, places: 1)) %")
        }
        for (file, digest) in run.environment?["datasets"]?.object ?? [:] {
            lines.append("- `\(Self.code(Self.shortened(file)))`: sha256 `\(Self.code(digest.string ?? ""))`")
        }
        return lines.isEmpty ? nil : "## Data\n\n" + lines.joined(separator: "\n")
    }

    private var training: String? {
        guard let configuration = run.configuration else { return nil }
        let (lora, learning) = (configuration.lora, configuration.optimization)
        var rows: [(String, String)] = [
            ("rank", "\(lora.rank)"), ("alpha", "\(Self.figure(lora.alpha))"),
            ("dropout", "\(Self.figure(lora.dropout))"),
            ("targets", lora.targetPattern.map(Self.code) ?? lora.targetModules.joined(separator: ", ")),
            ("rsLoRA", lora.usesRankStabilizedScale ? "yes" : "no"),
            ("learning rate", "\(learning.learningRate)"), ("schedule", learning.scheduler.rawValue),
            ("batch", "\(learning.batchSize) × \(learning.gradientAccumulationSteps)"),
            (learning.maximumSteps == nil ? "epochs" : "steps", "\(learning.maximumSteps ?? learning.epochs)"),
            ("weight decay", "\(Self.figure(learning.weightDecay))"), ("precision", configuration.precision.rawValue),
            ("seed", "\(configuration.seed)"),
        ]
        if lora.initialization != .standard { rows.append(("start", lora.initialization.rawValue)) }
        if let layers = lora.layersToTransform {
            rows.append(("layers", layers.map { "\($0)" }.joined(separator: ", ")))
        }
        if let ratio = learning.loraPlusRatio { rows.append(("LoRA+ ratio", Self.figure(ratio))) }
        if learning.labelSmoothing > 0 { rows.append(("Label smoothing", Self.figure(learning.labelSmoothing))) }
        if let alpha = learning.noiseAlpha { rows.append(("NEFTune alpha", Self.figure(alpha))) }
        for (key, value) in run.metrics?.train ?? [:] {
            guard let number = value.double else { continue }
            rows.append((key.replacing("_", with: " "), Self.figure(number)))
        }
        return "## Training\n\n| | |\n|---|---|\n"
            + rows.map { "| \(Self.plain($0.0)) | \(Self.plain($0.1)) |" }.joined(separator: "\n")
    }

    private var usage: String {
        let base = baseModel ?? "BASE_MODEL"
        return """
            ## Usage

            With transformers and PEFT:

            ```python
            from peft import PeftModel
            from transformers import AutoModelForCausalLM, AutoTokenizer

            tokenizer = AutoTokenizer.from_pretrained("\(base)")
            model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("\(base)"), "PATH_OF_THIS_FOLDER")
            messages = [{"role": "user", "content": "Hello"}]
            inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True, return_tensors="pt")
            print(tokenizer.decode(model.generate(**inputs, max_new_tokens=100)[0][inputs["input_ids"].shape[1]:]))
            ```

            With mlops:

            ```sh
            mlops generate --model \(base) --adapter PATH_OF_THIS_FOLDER --prompt "Hello"
            mlops gguf --model \(base) --adapter PATH_OF_THIS_FOLDER --quant Q8_0 --output model.gguf
            ```
            """
    }

    private var environment: String? {
        guard let environment = run.environment else { return nil }
        var lines: [String] = []
        for (name, version) in environment["versions"]?.object ?? [:] {
            lines.append("- \(Self.plain(name)) \(Self.plain(version.string ?? ""))")
        }
        if let cpu = environment["machine"]?["cpu"]?.string { lines.append("- \(Self.plain(cpu))") }
        if let commit = environment["git_commit"]?.string { lines.append("- commit `\(Self.code(commit))`") }
        return lines.isEmpty ? nil : "## Environment\n\n" + lines.joined(separator: "\n")
    }

    /// A path's last component: the folders of the machine it was trained on are nobody's business.
    private static func shortened(_ path: String) -> String {
        path.hasPrefix("/") || path.hasPrefix("~") ? String(path.split(separator: "/").last ?? "") : path
    }

    /// Text that stays text in a Markdown table or paragraph.
    private static func plain(_ text: String) -> String {
        var out = ""
        for character in text.split(whereSeparator: \.isNewline).joined(separator: " ") {
            if "|<>*[]`\\".contains(character) { out.append("\\") }
            out.append(character)
        }
        return out
    }

    /// Text that stays inside a pair of backquotes.
    private static func code(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("`", with: "'")
    }

    /// A number with at most `places` digits after the point.
    private static func figure(_ value: Double, places: Int = 4) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        var text = String(format: "%.\(places)f", value)
        while text.contains("."), text.hasSuffix("0") || text.hasSuffix(".") { text.removeLast() }
        return text == "-0" ? "0" : text
    }
}
