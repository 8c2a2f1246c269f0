import Foundation
import MLOpsCore
import TestSupport
import Testing

@Suite struct ModelLocatorTests {
    private let home: TemporaryDirectory
    private let locator: ModelLocator

    init() throws {
        home = try TemporaryDirectory()
        locator = ModelLocator(environment: ["HOME": home.url.path], directory: home.url)
    }

    private func path(_ model: LocatedModel) -> String { relative(model.url) }
    private func relative(_ url: URL) -> String {
        url.standardizedFileURL.path.replacing(home.url.standardizedFileURL.path + "/", with: "")
    }

    @Test(arguments: ["base", "./base", "base/../base"]) func aPathIsItself(_ name: String) throws {
        try home.write("{}", to: "base/config.json")
        let found = try locator.locate(name)
        #expect(path(found) == "base")
        #expect(found.adapter == nil)
    }

    @Test func aFolderWithOneGGUFFileIsThatFile() throws {
        try home.write("", to: "folder/model.gguf")
        #expect(path(try locator.locate("folder")) == "folder/model.gguf")
    }

    @Test func aHubNameIsFoundInTheCache() throws {
        try home.write("abc123\n", to: ".cache/huggingface/hub/models--owner--name/refs/main")
        try home.write("{}", to: ".cache/huggingface/hub/models--owner--name/snapshots/abc123/config.json")
        try home.write("{}", to: ".cache/huggingface/hub/models--owner--name/snapshots/def456/config.json")
        let hub = ".cache/huggingface/hub/models--owner--name/snapshots"
        #expect(path(try locator.locate("owner/name")) == "\(hub)/abc123")
        #expect(path(try locator.locate("owner/name@def456")) == "\(hub)/def456")
        #expect(throws: ModelFileError.self) { try locator.locate("owner/name@v2") }
    }

    @Test func aModelKeptByTheToolComesAfterTheCache() throws {
        try home.write("", to: ".cache/mlops/models/owner/name/name.Q4_1.gguf")
        #expect(path(try locator.locate("owner/name")) == ".cache/mlops/models/owner/name/name.Q4_1.gguf")
        try home.write("abc", to: ".cache/huggingface/hub/models--owner--name/refs/main")
        try home.write("{}", to: ".cache/huggingface/hub/models--owner--name/snapshots/abc/config.json")
        #expect(path(try locator.locate("owner/name")).hasSuffix("snapshots/abc"))
    }

    @Test(arguments: [("HF_HUB_CACHE", "here"), ("HF_HOME", "here/hub"), ("XDG_CACHE_HOME", "here/huggingface/hub")])
    func theEnvironmentMovesTheCache(variable: String, place: String) throws {
        let moved = ModelLocator(
            environment: ["HOME": home.url.path, variable: home.url("here").path], directory: home.url)
        #expect(relative(moved.hubCache) == place)
    }

    @Test(arguments: ["run", "run/model"]) func aRunIsItsAdapterOnItsBase(_ name: String) throws {
        try home.write("{}", to: "base/config.json")
        try home.write(#"{"base_model_name_or_path": "base"}"#, to: "run/model/adapter_config.json")
        let found = try locator.locate(name)
        #expect(path(found) == "base")
        #expect(found.adapter.map(relative) == "run/model")
    }

    @Test func anAdapterIsFoundByItsOwnFolderOrItsRuns() throws {
        try home.write("{}", to: "run/model/adapter_config.json")
        try home.write("{}", to: "empty/config.json")
        for name in ["run", "run/model"] { #expect(relative(try locator.locateAdapter(name)) == "run/model") }
        for (name, words) in [("empty", "holds no adapter"), ("nothing", "There is no adapter at 'nothing'")] {
            let error = #expect(throws: ModelFileError.self) { try locator.locateAdapter(name) }
            #expect(error?.message.contains(words) == true && error?.exitStatus == .inputMissing)
        }
    }

    @Test func anAdapterWhoseBaseIsGoneNamesBoth() throws {
        try home.write(#"{"base_model_name_or_path": "owner/gone"}"#, to: "adapter/adapter_config.json")
        let error = #expect(throws: ModelFileError.self) { try locator.locate("adapter") }
        #expect(error?.exitStatus == .inputMissing)
        #expect(error?.message.contains("adapter_config.json") == true)
        #expect(error?.message.contains("owner/gone") == true)
    }

    /// Where the base model is said, an adapter need not say it.
    @Test(arguments: ["{}", #"{"base_model_name_or_path": "owner/gone"}"#])
    func anAdapterOfANamedBaseIsFound(_ text: String) throws {
        try home.write("{}", to: "base/config.json")
        try home.write(text, to: "run/model/adapter_config.json")
        let found = try locator.locate("run", base: "base")
        #expect(path(found) == "base" && found.adapter.map(relative) == "run/model")
    }

    @Test(arguments: ["{}", "[", #"{"base_model_name_or_path": 3}"#])
    func anAdapterThatDoesNotSayWhatItIsOfIsInvalid(_ text: String) throws {
        try home.write(text, to: "adapter/adapter_config.json")
        let error = #expect(throws: ModelFileError.self) { try locator.locate("adapter") }
        #expect(error?.exitStatus == .invalidData)
    }

    @Test func anAdapterOfItselfEnds() throws {
        try home.write(#"{"base_model_name_or_path": "adapter"}"#, to: "adapter/adapter_config.json")
        #expect(throws: ModelFileError.self) { try locator.locate("adapter") }
    }

    @Test(arguments: ["", "nothing", "nothing.gguf", "owner/name", "../nowhere/etc", "a/b/c", "o/n@../../x"])
    func whatIsNowhereIsMissing(_ name: String) throws {
        let error = #expect(throws: ModelFileError.self) { try locator.locate(name) }
        #expect(error?.exitStatus == .inputMissing)
    }

    @Test func aRunWithoutAModelIsSaidToBeOne() throws {
        try home.write("{}", to: "runs/a/config_used.yaml")
        let error = #expect(throws: ModelFileError.self) { try locator.locate("runs/a") }
        #expect(error?.exitStatus == .inputMissing)
        #expect(error?.message.contains("--resume runs/a") == true)
        try home.write("{}", to: "runs/a/model/config.json")
        #expect(path(try locator.locate("runs/a")) == "runs/a/model")
    }

    @Test(arguments: ["runs", "deep/runs"]) func noLatestMeansThatNoRunSucceeded(_ folder: String) throws {
        try home.write("{}", to: "\(folder)/a/config_used.yaml")
        let error = #expect(throws: ModelFileError.self) { try locator.locate("\(folder)/latest") }
        #expect(error?.exitStatus == .inputMissing)
        #expect(error?.message.contains("succeeded") == true && error?.message.contains("hf download") == false)
    }
}
