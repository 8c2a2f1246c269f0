import Foundation
import MLOpsCore
import TestSupport
import Testing

@testable import mlops

@Suite struct DoctorTests {
    @Test func tellsWhatTheMachineHas() async throws {
        let home = try TemporaryDirectory()
        let result = try await BuiltProgram.mlops.run(["doctor"], in: home.url)
        #expect(result.status == 0)
        for subject in ["mlops", "system", "processor", "memory", "OpenBLAS", "disk", "HF cache", "SmolLM2-135M"] {
            #expect(result.output.contains("  \(subject) "), "nothing about \(subject)")
        }
        #expect(result.complaint.isEmpty)
    }

    @Test func printsOneJSONValue() async throws {
        let home = try TemporaryDirectory()
        let result = try await BuiltProgram.mlops.run(["doctor", "--json"], in: home.url)
        let value = try JSONValue(parsing: result.output)
        #expect(value["ready"]?.bool == true)
        let findings = try #require(value["findings"]?.array)
        #expect(findings.allSatisfy { ["fine", "limited", "missing"].contains($0["state"]?.string) })
        // An empty home has no model yet, and the way to it is named.
        let model = try #require(findings.first { $0["subject"]?.string == "SmolLM2-135M" })
        #expect(model["state"]?.string == "limited")
        #expect(model["remedy"]?.string?.contains("make quickstart") == true)
    }

    @Test func findsModelsWhereTheEnvironmentSays() async throws {
        let home = try TemporaryDirectory()
        let model = "cache/models--HuggingFaceTB--SmolLM2-135M-Instruct"
        try home.write("abc", to: "\(model)/refs/main")
        try home.write("{}", to: "\(model)/snapshots/abc/config.json")
        let result = try await BuiltProgram.mlops.run(
            ["doctor"], in: home.url, environment: ["HF_HUB_CACHE": home.url("cache").path])
        #expect(result.output.contains("cache: 1 model\n"))
        #expect(result.output.contains("cache/models--HuggingFaceTB--SmolLM2-135M-Instruct"))
    }

    @Test(arguments: [
        (["avx2", "fma"], UInt64(8) << 30, Finding.State.fine, Finding.State.fine),
        (["sse4_2"], UInt64(8) << 30, .limited, .fine),
        (["avx2", "fma"], UInt64(1) << 30, .fine, .limited),
    ])
    func aWeakMachineIsNamed(features: [String], free: UInt64, processor: Finding.State, memory: Finding.State) throws {
        let machine = Machine(
            operatingSystem: "Test OS", instructionSet: "x86_64", processor: "Test CPU", features: features,
            coreCount: 1,
            memory: 16 << 30, availableMemory: free)
        let findings = Diagnosis(directory: URL(filePath: "/"), environment: [:], machine: machine).findings
        #expect(findings.first { $0.subject == "processor" }?.state == processor)
        #expect(findings.first { $0.subject == "memory" }?.state == memory)
        #expect(findings.first { $0.subject == "Python" }?.state == .limited)
    }
}
