import Foundation
import MLOpsCore
import OrderedCollections
import TestSupport
import Testing

@Suite struct RunEnvironmentTests {
    let commit = "0123456789abcdef0123456789abcdef01234567"

    @Test(arguments: [
        (["train", "lr=1e-4"], ["train", "lr=1e-4"]), (["--token", "abc", "x"], ["--token", "***", "x"]),
        (["tracking.password=a=b"], ["tracking.password=***"]), (["hub_api_key=1"], ["hub_api_key=***"]),
        (["x=hf_abcdefghijklmnop"], ["***"]), (["max_new_tokens=3"], ["max_new_tokens=3"]),
        (["u=https://me:pw@host/x"], ["u=https://***@host/x"]), (["model_name=a/b@main"], ["model_name=a/b@main"]),
    ])
    func aCommandLineIsKeptWithoutSecrets(arguments: [String], kept: [String]) {
        #expect(CommandLineRecord.redacted(arguments) == kept)
    }

    @Test func theCommitIsReadFromABranchPackedRefsAndAWorktree() throws {
        let folder = try TemporaryDirectory()
        let git = folder.url.appending(path: ".git")
        func write(_ text: String, _ path: String) throws {
            let url = folder.url.appending(path: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        #expect(GitRevision.commit(of: folder.url) == nil)
        try write("ref: refs/heads/main\n", ".git/HEAD")
        #expect(GitRevision.commit(of: folder.url) == nil)
        try write("# pack-refs with: peeled\n\(commit) refs/heads/main\n", ".git/packed-refs")
        let below = folder.url.appending(path: "a/b")
        try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
        #expect(GitRevision.commit(of: below) == commit)
        let other = String(commit.reversed())
        try write(other + "\n", ".git/refs/heads/main")
        #expect(GitRevision.commit(of: folder.url) == other)
        try write(commit + "\n", ".git/HEAD")
        #expect(GitRevision.commit(of: folder.url) == commit)
        try write("ref: refs/heads/main\n", ".git/worktrees/w/HEAD")
        try write("../..\n", ".git/worktrees/w/commondir")
        try write("gitdir: \(git.path)/worktrees/w\n", "w/.git")
        #expect(GitRevision.commit(of: folder.url.appending(path: "w")) == other)
    }

    @Test func theEnvironmentNamesWhatTheResultDependsOn() throws {
        let folder = try TemporaryDirectory()
        let run = try RunDirectory.create(named: "a", in: folder.url)
        let environment = RunEnvironment(
            versions: ["mlops": "1.2.3"], directory: folder.url, datasetDigests: ["b.jsonl": "2", "a.jsonl": "1"],
            seed: 7,
            commandLine: ["mlops", "train", "token=x"])
        try environment.write(to: run)
        let json = try JSONValue(parsing: Data(contentsOf: run.artifacts.appending(path: "environment.json")))
        #expect(json["versions"]?["mlops"]?.string == "1.2.3")
        #expect(json["datasets"]?.object.map { Array($0.keys) } == ["a.jsonl", "b.jsonl"])
        #expect(json["command_line"] == ["mlops", "train", "token=***"])
        #expect((json["machine"]?["cores"]?.int ?? 0) > 0)
        #expect((json["machine"]?["memory_bytes"]?.int ?? 0) > 1 << 20)
    }
}
