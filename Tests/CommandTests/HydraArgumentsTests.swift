import Testing

@testable import mlops

/// Hydra's options on the command line; `Tests/Interop/test_hydra_words.py` compares them with argparse of Python 3.11 and the
/// parser of hydra-core 1.3.8.
@Suite struct HydraArgumentsTests {
    @Test(arguments: [
        ("--cf job", "--cfg job"), ("--cf=job", "--cfg=job"), ("-cjob", "--cfg=job"), ("-c=job", "--cfg=job"),
        ("-cnmain", "--cfg=nmain"), ("-cn=main", "--config-name=main"), ("-cn main", "-cn main"),
        ("-pdb", "--package=db"),
        ("--config-n main", "--config-name main"), ("--multi a=1,2", "--multirun a=1,2"),
        ("-s query=bash", "--shell-completion query=bash"),
        ("-iall", "--info=all"), ("--res", "--resolve"), ("--resu latest", "--resume latest"), ("--verb", "--verbose"),
        ("-mr", "-mr"), ("~db +x=1 a=-1", "~db +x=1 a=-1"), ("-- --cf", "-- --cf"), ("--nosuch", "--nosuch"),
    ])
    func optionsAreWrittenOut(typed: String, meant: String) throws {
        let words = { (text: String) in ["train"] + text.split(separator: " ").map(String.init) }
        #expect(try HydraArguments.writtenOut(words(typed)) == words(meant))
        // Other commands have other options.
        #expect(try HydraArguments.writtenOut(["data"] + words(typed)) == ["data"] + words(typed))
    }

    @Test func anEmptyValueIsAWordOfItsOwn() throws {
        #expect(try HydraArguments.writtenOut(["eval", "--package="]) == ["eval", "--package", ""])
        #expect(try HydraArguments.writtenOut(["eval", "-p="]) == ["eval", "--package", ""])
        #expect(try HydraArguments.writtenOut(["eval", "lr="]) == ["eval", "lr="])
    }

    @Test(arguments: [
        ("--c", "--cfg, --config-path, --config-name, --config-dir"), ("--h", "--help, --hydra-help"),
        ("--con=x", "--config-path, --config-name, --config-dir"), ("--ver=1", ""),
    ])
    func whatFitsSeveralIsSaid(typed: String, names: String) throws {
        guard !names.isEmpty else {
            // Hydra's own goes before ours.
            #expect(try HydraArguments.writtenOut(["train", "--ve"]) == ["train", "--version"])
            return
        }
        let error = #expect(throws: (any Error).self) { try HydraArguments.writtenOut(["train", typed]) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("ambiguous option: \(typed) could match \(names)"))
    }
}
