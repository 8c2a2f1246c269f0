import MLOpsCore
import TestSupport
import Testing

@Suite struct VersionTests {
    @Test func printsOneLine() async throws {
        let home = try TemporaryDirectory()
        let result = try await BuiltProgram.mlops.run(["version"], in: home.url)
        #expect(result.status == 0)
        #expect(result.output == "mlops \(PackageVersion.current)\n")
        #expect(result.complaint.isEmpty)
    }

    @Test func printsOneJSONValue() async throws {
        let home = try TemporaryDirectory()
        let result = try await BuiltProgram.mlops.run(["version", "--json"], in: home.url)
        let value = try JSONValue(parsing: result.output)
        #expect(value["version"]?.string == PackageVersion.current)
        #expect(value["swift"]?.string != nil)
    }
}
