import Foundation
import MLOpsCore
import TestSupport
import Testing

@Suite struct DatasetReportTests {
    @Test func theDocumentIsAsPromised() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            """
            {"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hé?"},{"role":"assistant","content":"Yes."}]}
            {"prompt":"Why?","completion":"Because."}

            {"prompt":"Why?","completion":"Because."}
            {"prompt":"why?","completion":"Who knows."}
            {"prompt":"","completion":"x"}

            """, to: "rows.jsonl")
        let report = try DatasetReader().scan([file.path]).report
        let text = report.json.text(.pretty).replacing(file.path, with: "rows.jsonl") + "\n"
        #expect(text == (try String(contentsOf: Fixture.url("Dataset/data_stats.json"), encoding: .utf8)))
    }
}
