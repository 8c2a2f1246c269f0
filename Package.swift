// swift-tools-version: 6.2
// The manifest is the architecture diagram: a target sees what it declares and nothing else
// (`make test` builds with --explicit-target-dependency-import-check error).
import PackageDescription

/// One list for every Swift target, tests and examples included: the compiler is the first reviewer.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
    .enableUpcomingFeature("InferIsolatedConformances"),  // SE-0470
    .strictMemorySafety(),  // SE-0458
    .treatAllWarnings(as: .error),  // SE-0480
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let orderedCollections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// The example programs and the rooms each shows: built with the package, run by the tests.
let examples: [(name: String, rooms: [Target.Dependency])] = [
    ("CustomMetric", ["MLOpsCore", "MLOpsEval"]),
    ("EvaluateAnyGenerator", ["MLOpsCore", "MLOpsEval"]),
    ("HandWrittenLoop", ["MLOpsCore", "MLOpsTraining"]),
    ("TensorFiles", ["MLOpsCore", orderedCollections]),
    ("TrainFromApp", ["MLOpsCore", "MLOpsTraining"]),
]

let package = Package(
    name: "mlops",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "MLOpsCore", targets: ["MLOpsCore"]),
        .library(name: "MLOpsTraining", targets: ["MLOpsTraining"]),
        .library(name: "MLOpsEval", targets: ["MLOpsEval"]),
        .library(name: "MLOpsPublish", targets: ["MLOpsPublish"]),
        .executable(name: "mlops", targets: ["mlops"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    ],
    targets: [
        // C leaves: arithmetic on the caller's memory, and two system libraries. One importer each.
        .target(name: "CMLOpsKernels"),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),

        // Values, files and capabilities that every room shares.
        .target(name: "MLOpsCore", dependencies: ["CZstd", crypto, orderedCollections], swiftSettings: settings),

        // Three rooms that never import each other.
        .target(
            name: "MLOpsTraining", dependencies: ["MLOpsCore", "CMLOpsKernels", "COpenBLAS", orderedCollections],
            swiftSettings: settings),
        .target(name: "MLOpsEval", dependencies: ["MLOpsCore", orderedCollections], swiftSettings: settings),
        .target(name: "MLOpsPublish", dependencies: ["MLOpsCore", orderedCollections], swiftSettings: settings),

        // The thin executable: one file a command.
        .executableTarget(
            name: "mlops",
            dependencies: [
                "MLOpsCore", "MLOpsTraining", "MLOpsEval", "MLOpsPublish", argumentParser, orderedCollections,
            ],
            swiftSettings: settings),

        // Fixtures, temporary directories, and what every conformer of a protocol promises.
        .target(name: "TestSupport", dependencies: ["MLOpsCore"], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(
            name: "MLOpsCoreTests", dependencies: ["MLOpsCore", "TestSupport", orderedCollections],
            swiftSettings: settings),
        .testTarget(
            name: "MLOpsTrainingTests",
            dependencies: ["MLOpsTraining", "MLOpsPublish", "MLOpsCore", "TestSupport", orderedCollections],
            swiftSettings: settings),
        .testTarget(
            name: "MLOpsEvalTests", dependencies: ["MLOpsEval", "MLOpsCore", "TestSupport", orderedCollections],
            swiftSettings: settings),
        .testTarget(
            name: "MLOpsPublishTests", dependencies: ["MLOpsPublish", "MLOpsCore", "TestSupport", orderedCollections],
            swiftSettings: settings),
        // Runs the real binary and the example programs, and compares files, text and exit codes.
        .testTarget(
            name: "CommandTests",
            dependencies: ["MLOpsCore", "MLOpsEval", "mlops", "TestSupport", argumentParser, orderedCollections]
                + examples.map { .target(name: $0.name) },
            swiftSettings: settings),
    ]
        + examples.map { example in
            .executableTarget(
                name: example.name, dependencies: example.rooms, path: "Examples/\(example.name)",
                swiftSettings: settings)
        }
)
