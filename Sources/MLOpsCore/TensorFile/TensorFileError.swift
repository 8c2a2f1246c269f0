/// A safetensors or GGUF file that cannot be read or written, and why.
public struct TensorFileError: ReportableError, Hashable {
    /// What is wrong, one case per defect; offsets count bytes from the start of the file.
    @nonexhaustive public enum Defect: Sendable, Hashable {
        /// The file could not be opened, read or written.
        case unreadable(FileError)
        /// The path names a directory, a pipe or a device.
        case notARegularFile
        /// The file ends before `what`, which needs `needed` bytes at `offset`.
        case truncated(what: String, offset: Int, needed: Int, fileSize: Int)
        /// The header's length is zero or more than a reader accepts.
        case headerLength(Int)
        /// The header is not the JSON it should be.
        case header(reason: String, offset: Int)
        /// The first bytes are not those of the format.
        case magic(found: [UInt8])
        /// A format version no reader here knows.
        case version(UInt32)
        /// A count is larger than the file could hold or than a reader accepts.
        case count(what: String, count: UInt64, limit: UInt64, offset: Int)
        /// A metadata entry has an unknown type.
        case valueType(key: String, type: UInt32, offset: Int)
        /// A metadata entry has an impossible value.
        case value(key: String, reason: String, offset: Int)
        /// Arrays of metadata nest too deeply.
        case depth(key: String, offset: Int)
        /// Text is not UTF-8.
        case text(what: String, offset: Int)
        /// Two tensors or two metadata entries have one name.
        case duplicate(name: String, offset: Int)
        /// A tensor has an element type no reader here knows.
        case elementType(tensor: String, type: String)
        /// A tensor's shape has too many or impossible dimensions, or rows that are not whole blocks.
        case shape(tensor: String, shape: [Int], type: String)
        /// A tensor's bytes and its shape disagree.
        case size(tensor: String, expected: Int, found: Int)
        /// A tensor's bytes lie outside the file, or overlap or leave a gap to the tensor before.
        case range(tensor: String, begin: Int, end: Int, limit: Int)
        /// A tensor's bytes do not begin at a multiple of the alignment.
        case alignment(tensor: String, offset: Int, alignment: Int)
        /// No tensor has this name.
        case missingTensor(String)
    }

    /// The file.
    public let file: String
    /// What is wrong with it.
    public let defect: Defect

    /// Creates an error about `file`.
    package init(file: String, _ defect: Defect) {
        self.file = file
        self.defect = defect
    }

    /// 65 for a wrong file; 66, 74 or 77 when it could not be opened or written.
    public var exitStatus: ExitStatus {
        if case .unreadable(let error) = defect { error.exitStatus } else { .invalidData }
    }

    /// What is wrong, in which file and where.
    public var message: String {
        switch defect {
        case .unreadable(let error): error.message
        default: "'\(file)': \(reason)"
        }
    }

    private var reason: String {
        switch defect {
        case .unreadable(let error):
            error.message
        case .notARegularFile:
            "not a regular file. Name a safetensors or GGUF file."
        case .truncated(let what, let offset, let needed, let size):
            "the file ends too early: \(what) needs \(needed) bytes at offset \(offset), but the file has \(size). "
                + "Download or copy it again."
        case .headerLength(let length):
            "the header claims \(length) bytes, which no safetensors file has. Is this another format?"
        case .header(let reason, let offset):
            "the header is wrong at offset \(offset): \(reason)."
        case .magic(let found):
            "the file begins with \(Self.show(found)), not with 'GGUF'. Is this another format?"
        case .version(let version):
            "GGUF version \(version) is not supported; 2 and 3 are. Convert the model with a current tool."
        case .count(let what, let count, let limit, let offset):
            "\(what) at offset \(offset) is \(count); at most \(limit) is possible here. The file is damaged."
        case .valueType(let key, let type, let offset):
            "metadata '\(key)' at offset \(offset) has the unknown type \(type)."
        case .value(let key, let reason, let offset):
            "metadata '\(key)' at offset \(offset): \(reason)."
        case .depth(let key, let offset):
            "metadata '\(key)' at offset \(offset) nests arrays too deeply."
        case .text(let what, let offset):
            "\(what) at offset \(offset) is not UTF-8 text."
        case .duplicate(let name, let offset):
            "the name '\(name)' at offset \(offset) appears twice."
        case .elementType(let tensor, let type):
            "tensor '\(tensor)' has the element type \(type), which is not supported."
        case .shape(let tensor, let shape, let type):
            "tensor '\(tensor)' has the shape \(shape), which is impossible for \(type)."
        case .size(let tensor, let expected, let found):
            "tensor '\(tensor)' should take \(expected) bytes by its shape and type, but takes \(found)."
        case .range(let tensor, let begin, let end, let limit):
            "tensor '\(tensor)' claims the bytes \(begin)..<\(end) of a data section of \(limit), "
                + "which are outside it, overlap another tensor, or leave a gap."
        case .alignment(let tensor, let offset, let alignment):
            "tensor '\(tensor)' begins at offset \(offset), which is not a multiple of the alignment \(alignment)."
        case .missingTensor(let name):
            "there is no tensor '\(name)'."
        }
    }

    private static func show(_ bytes: [UInt8]) -> String {
        let isText = bytes.allSatisfy { (0x20..<0x7F).contains($0) }
        return isText ? "'\(String(decoding: bytes, as: UTF8.self))'" : "the bytes \(bytes)"
    }
}
