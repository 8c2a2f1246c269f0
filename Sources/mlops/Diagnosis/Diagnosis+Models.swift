import Foundation
import MLOpsCore

extension Diagnosis {
    /// The Hugging Face cache, where base models are looked for by name.
    var modelCache: Finding {
        let cache = hubCache
        let path = cache.path(percentEncoded: false)
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let count = entries.count { $0.hasPrefix("models--") }
        return Finding(subject: "HF cache", state: .fine, value: "\(path): \(count) model\(count == 1 ? "" : "s")")
    }

    /// The model of the quickstart.
    var quickstartModel: Finding {
        let places = [hubCache.appending(path: "models--HuggingFaceTB--SmolLM2-135M-Instruct"), keptModel]
        if let place = places.first(where: { FileManager.default.fileExists(atPath: $0.path(percentEncoded: false)) }) {
            return Finding(subject: "SmolLM2-135M", state: .fine, value: place.path(percentEncoded: false))
        }
        return Finding(
            subject: "SmolLM2-135M", state: .limited, value: "not here",
            remedy: "`make quickstart` fetches it (94 MiB) and keeps it.")
    }

    /// `HF_HUB_CACHE`, else `HF_HOME/hub`, else `~/.cache/huggingface/hub`, as huggingface_hub has it.
    private var hubCache: URL {
        if let cache = environment["HF_HUB_CACHE"], !cache.isEmpty { return URL(filePath: cache) }
        if let home = environment["HF_HOME"], !home.isEmpty { return URL(filePath: home).appending(path: "hub") }
        return caches.appending(path: "huggingface/hub")
    }

    private var keptModel: URL { caches.appending(path: "mlops/models/HuggingFaceTB/SmolLM2-135M-Instruct") }

    private var caches: URL {
        if let cache = environment["XDG_CACHE_HOME"], !cache.isEmpty { return URL(filePath: cache) }
        return FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
    }
}
