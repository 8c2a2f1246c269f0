import Foundation
import MLOpsCore

extension Diagnosis {
    private var locator: ModelLocator { ModelLocator(environment: environment, directory: directory) }

    /// The Hugging Face cache, where base models are looked for by name.
    var modelCache: Finding {
        let path = locator.hubCache.path(percentEncoded: false)
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let count = entries.count { $0.hasPrefix("models--") }
        return Finding(subject: "HF cache", state: .fine, value: "\(path): \(count) model\(count == 1 ? "" : "s")")
    }

    /// The real model of the quickstart and the presets.
    var quickstartModel: Finding {
        if let model = try? locator.locate("HuggingFaceTB/SmolLM2-135M-Instruct") {
            return Finding(subject: "SmolLM2-135M", state: .fine, value: model.url.path(percentEncoded: false))
        }
        return Finding(
            subject: "SmolLM2-135M", state: .limited, value: "not here",
            remedy: "`make quickstart MODEL=smollm2` fetches it (94 MiB) and keeps it.")
    }
}
