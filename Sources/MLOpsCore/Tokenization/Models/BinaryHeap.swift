/// A queue that gives its least element first.
struct BinaryHeap<Element: Comparable> {
    private var items: [Element] = []

    /// Puts an element in.
    ///
    /// - Complexity: O(log *n*).
    mutating func push(_ item: Element) {
        items.append(item)
        var index = items.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard items[index] < items[parent] else { return }
            items.swapAt(index, parent)
            index = parent
        }
    }

    /// Takes the least element out; of equal ones, any.
    ///
    /// - Complexity: O(log *n*).
    mutating func pop() -> Element? {
        guard let last = items.popLast() else { return nil }
        guard let first = items.first else { return last }
        items[0] = last
        var index = 0
        while true {
            let left = 2 * index + 1
            guard left < items.count else { return first }
            let child = left + 1 < items.count && items[left + 1] < items[left] ? left + 1 : left
            guard items[child] < items[index] else { return first }
            items.swapAt(index, child)
            index = child
        }
    }
}

extension BinaryHeap: Sendable where Element: Sendable {}
