import Testing

@testable import MLOpsCore

struct OrderedWorkTests {
    struct Failure: Error, Equatable { let index: Int }

    @Test func addsResultsInTheOrderOfTheNumbers() throws {
        let work = OrderedWork<Int, [Int]>(count: 4, total: []) { $0.append($1) }
        let taken = (0..<5).map { _ in work.next() }
        #expect(taken == [0, 1, 2, 3, nil])
        for index in [2, 0, 3, 1] { work.finish(index) { index * 10 } }
        #expect(try work.total() == [0, 10, 20, 30])
    }

    @Test func throwsTheFirstFailureWhicheverCameFirst() {
        let work = OrderedWork<Int, Int>(count: 8, total: 0) { $0 += $1 }
        let taken = (0..<4).map { _ in work.next() }
        #expect(taken == [0, 1, 2, 3])
        work.finish(3) { throw Failure(index: 3) }
        work.finish(0) { 1 }
        work.finish(1) { throw Failure(index: 1) }
        work.finish(2) { throw Failure(index: 2) }
        #expect(work.next() == nil)
        #expect(throws: Failure(index: 1)) { try work.total() }
    }

    @Test func threadsTakeEveryNumberOnce() async throws {
        let work = OrderedWork<Int, [Int]>(count: 1000, total: []) { $0.append($1) }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { @concurrent in
                    while let index = work.next() { work.finish(index) { index } }
                }
            }
        }
        #expect(try work.total() == Array(0..<1000))
    }
}
