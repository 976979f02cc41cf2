//! Which request waits for which. Pure: no clock, no IO.
//!
//! Requests start in the order they came and run side by side, as far as nobody can tell: on one
//! handle they keep their order, and where one changes a path, those on the same path, a folder
//! above it or something below it do too. Replies leave in the order the requests came.

use super::codec::{HandleId, Path, Request};
use super::extensions::Extended;
use crate::dossier::DossierPath;
use crate::dossier::name::Policy;
use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

/// How many requests of one session may be under way.
pub(super) const MAX_RUNNING: usize = 64;

/// What a request touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Footprint {
    handles: [Option<HandleId>; 2],
    paths: [Option<Arc<DossierPath>>; 2],
    changes: bool,
    bulky: bool,
}

/// The form of a path by which requests wait for each other: names that may be one file are one here,
/// also where they are not. Which file is meant is told by [`crate::vfs::Session::identity`].
pub(super) fn key(path: &DossierPath) -> Arc<DossierPath> {
    let folded = Policy::Portable.key(&path.to_string());
    Arc::new(DossierPath::parse(&folded).unwrap_or_else(|_| path.clone()))
}

impl Footprint {
    /// What a request touches, where `path_of` tells which path an open file is written at.
    pub(super) fn of(
        request: &Request,
        path_of: impl Fn(HandleId) -> Option<Arc<DossierPath>>,
    ) -> Self {
        let at = |path: &Path| path.as_ref().ok().map(key);
        let looks = |path: &Path| Self { paths: [at(path), None], ..Self::default() };
        let changes = |path: &Path| Self { changes: true, ..looks(path) };
        let through = |handle: HandleId, changes: bool| Self {
            handles: [Some(handle), None],
            paths: [path_of(handle), None],
            changes,
            bulky: false,
        };
        match request {
            Request::Open { path, flags, .. } => {
                Self { changes: flags.has(super::codec::Flags::WRITE), ..looks(path) }
            }
            Request::Stat(path) | Request::OpenFolder(path) => looks(path),
            Request::Set { path, .. }
            | Request::Remove(path)
            | Request::MakeFolder(path)
            | Request::RemoveFolder(path) => changes(path),
            Request::Rename { from, to, .. } => {
                Self { paths: [at(from), at(to)], changes: true, ..Self::default() }
            }
            Request::Close(handle)
            | Request::Write { handle, .. }
            | Request::SetHandle { handle, .. } => through(*handle, true),
            Request::StatHandle(handle) => through(*handle, false),
            Request::Read { handle, .. } | Request::ReadFolder(handle) => {
                Self { bulky: true, ..through(*handle, false) }
            }
            Request::Extended(extended) => match extended {
                Extended::Sync(handle) => through(*handle, true),
                Extended::SpaceHandle(handle) | Extended::CheckHandle { handle, .. } => {
                    through(*handle, false)
                }
                Extended::Space(path) | Extended::Check { path, .. } => looks(path),
                Extended::Copy(copy) => Self {
                    handles: [Some(copy.from), Some(copy.to)],
                    paths: [path_of(copy.from), path_of(copy.to)],
                    changes: true,
                    bulky: false,
                },
                Extended::Limits | Extended::Owners { .. } => Self::default(),
            },
            Request::RealPath(_) | Request::Unknown | Request::Malformed => Self::default(),
        }
    }

    /// Whether a later request with this footprint must wait for `earlier` to be done.
    fn waits_for(&self, earlier: &Self) -> bool {
        let shared = |handle: &HandleId| earlier.handles.contains(&Some(*handle));
        if self.handles.iter().flatten().any(shared) {
            return true;
        }
        let related = |a: &DossierPath| {
            earlier.paths.iter().flatten().any(|b| a.is_within(b) || b.is_within(a))
        };
        (self.changes || earlier.changes) && self.paths.iter().flatten().any(|a| related(a))
    }
}

/// The requests that were started or may be soon, in the order they came.
#[derive(Debug)]
pub(super) struct Line<Q, A> {
    places: VecDeque<Place<Q, A>>,
    /// The number of the first place.
    first: u64,
}

#[derive(Debug)]
struct Place<Q, A> {
    footprint: Footprint,
    state: State<Q, A>,
    /// The latest earlier place that was in its way when last looked at.
    behind: Option<u64>,
}

#[derive(Debug)]
enum State<Q, A> {
    Waiting(Q),
    Running,
    Done(A),
}

impl<Q, A> Default for Line<Q, A> {
    fn default() -> Self {
        Self { places: VecDeque::new(), first: 0 }
    }
}

impl<Q, A> Line<Q, A> {
    /// Whether one more may join.
    pub(super) fn has_room(&self) -> bool {
        self.places.len() < MAX_RUNNING
    }

    /// Whether nothing is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Joins at the end.
    pub(super) fn join(&mut self, footprint: Footprint, request: Q) {
        let state = State::Waiting(request);
        self.places.push_back(Place { footprint, state, behind: None });
    }

    /// The next request that may start, with its number. Those with bulky answers stay in line
    /// while `spare` is false, but for the first of all where what has taken the room waits behind it
    /// (`first`): no other answer can leave before its own.
    pub(super) fn start(&mut self, spare: bool, first: bool) -> Option<(u64, Q)> {
        for index in 0..self.places.len() {
            let behind = self.in_the_way_of(index);
            let Some(place) = self.places.get_mut(index) else { continue };
            place.behind = behind;
            let waiting = matches!(place.state, State::Waiting(_));
            if waiting
                && behind.is_none()
                && (spare || (first && index == 0) || !place.footprint.bulky)
                && let State::Waiting(request) = mem::replace(&mut place.state, State::Running)
            {
                return Some((self.first + index as u64, request));
            }
        }
        None
    }

    /// What the place at `index` waits for. What was in its way is looked at first: while that is
    /// not done, nothing else needs to be.
    fn in_the_way_of(&self, index: usize) -> Option<u64> {
        let place = self.places.get(index)?;
        if !matches!(place.state, State::Waiting(_)) {
            return None;
        }
        let unfinished = |place: &Place<Q, A>| !matches!(place.state, State::Done(_));
        if let Some(number) = place.behind
            && self.place(number).is_some_and(unfinished)
        {
            return Some(number);
        }
        let mut earlier = self.places.iter().take(index).enumerate().rev();
        earlier
            .find(|(_, e)| unfinished(e) && place.footprint.waits_for(&e.footprint))
            .map(|(at, _)| self.first + at as u64)
    }

    fn place(&self, number: u64) -> Option<&Place<Q, A>> {
        self.places.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Takes in the answer to a request that [`Line::start`] gave out.
    pub(super) fn finish(&mut self, number: u64, answer: A) {
        let index = number.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        if let Some(place) = index.and_then(|index| self.places.get_mut(index)) {
            place.state = State::Done(answer);
        }
    }

    /// The next answer, when it is its turn.
    pub(super) fn leave(&mut self) -> Option<A> {
        if !matches!(self.places.front()?.state, State::Done(_)) {
            return None;
        }
        self.first += 1;
        match self.places.pop_front()?.state {
            State::Done(answer) => Some(answer),
            State::Waiting(_) | State::Running => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sftp::attrs::Attrs;
    use crate::sftp::codec::{Flags, path};
    use bytes::Bytes;

    fn at(text: &str) -> Path {
        path(text.as_bytes())
    }

    fn write(handle: HandleId) -> Request {
        Request::Write { handle, offset: 0, data: Bytes::new() }
    }

    fn read(handle: HandleId) -> Request {
        Request::Read { handle, offset: 0, length: 1 }
    }

    fn rename(from: &str, to: &str) -> Request {
        Request::Rename { from: at(from), to: at(to), overwrite: true }
    }

    fn create(text: &str) -> Request {
        let flags = Flags::WRITE.and(Flags::CREAT);
        Request::Open { path: at(text), flags, attrs: Attrs::default() }
    }

    /// A line of these, handle 7 being a file that is written at `/a/open`.
    fn line(requests: &[Request]) -> Line<usize, usize> {
        let mut line = Line::default();
        let path_of = |handle| (handle == 7).then(|| key(&at("/a/open").unwrap()));
        for (index, request) in requests.iter().enumerate() {
            line.join(Footprint::of(request, path_of), index);
        }
        line
    }

    fn started(line: &mut Line<usize, usize>, spare: bool) -> Vec<usize> {
        std::iter::from_fn(|| line.start(spare, spare)).map(|(_, request)| request).collect()
    }

    /// Which of these may run at once.
    fn at_once(requests: &[Request]) -> Vec<usize> {
        started(&mut line(requests), true)
    }

    #[test]
    fn the_first_in_line_is_read_though_later_answers_have_taken_all_room() {
        let mut line = line(&[Request::StatHandle(1), read(1), read(2), read(3)]);
        assert_eq!(started(&mut line, true), [0, 2, 3], "the first read waits for its handle");
        for number in [0, 2, 3] {
            line.finish(number, 0);
        }
        assert_eq!(line.leave(), Some(0));
        assert_eq!(line.start(false, false), None, "the client takes nothing");
        assert_eq!(line.start(false, true), Some((1, 1)));
    }

    #[test]
    fn different_files_are_written_side_by_side() {
        assert_eq!(at_once(&[create("/a/1"), create("/a/2"), write(8), write(9)]), [0, 1, 2, 3]);
    }

    #[test]
    fn one_handle_keeps_its_order() {
        assert_eq!(at_once(&[write(8), write(8), read(8), Request::Close(8)]), [0]);
        assert_eq!(at_once(&[read(8), read(9), read(8)]), [0, 1]);
    }

    #[test]
    fn a_path_waits_for_changes_of_itself_its_parents_and_its_children() {
        let stat = |text| Request::Stat(at(text));
        assert_eq!(at_once(&[Request::MakeFolder(at("/a")), create("/a/1"), stat("/b")]), [0, 2]);
        assert_eq!(at_once(&[create("/a/1"), Request::OpenFolder(at("/a"))]), [0]);
        assert_eq!(at_once(&[rename("/x", "/y"), stat("/y/z"), stat("/x"), stat("/yy")]), [0, 3]);
        assert_eq!(at_once(&[stat("/a"), stat("/a/b"), Request::Remove(at("/a/b"))]), [0, 1]);
    }

    #[test]
    fn names_that_may_be_one_file_wait_for_each_other() {
        assert_eq!(at_once(&[create("/CAF\u{c9}"), Request::Stat(at("/cafe\u{301}"))]), [0]);
    }

    #[test]
    fn an_open_file_counts_as_its_path() {
        assert_eq!(at_once(&[write(7), Request::Stat(at("/a/open"))]), [0]);
        assert_eq!(at_once(&[write(7), rename("/a", "/b")]), [0]);
        assert_eq!(at_once(&[write(8), Request::Stat(at("/a/open"))]), [0, 1]);
    }

    #[test]
    fn answers_leave_in_the_order_the_requests_came() {
        let mut line = line(&[create("/1"), create("/2"), Request::Stat(at("/1"))]);
        assert_eq!(started(&mut line, true), [0, 1]);
        line.finish(1, 20);
        assert_eq!(line.leave(), None);
        line.finish(0, 10);
        assert_eq!([line.leave(), line.leave(), line.leave()], [Some(10), Some(20), None]);
        assert_eq!(line.start(true, true), Some((2, 2)));
        line.finish(2, 30);
        assert_eq!(line.leave(), Some(30));
        assert!(line.is_empty());
    }

    #[test]
    fn reads_stay_in_line_while_the_client_does_not_take_its_answers() {
        let mut line = line(&[read(8), write(9)]);
        assert_eq!(started(&mut line, false), [1]);
        assert_eq!(started(&mut line, true), [0]);
    }

    #[test]
    fn the_line_takes_no_more_than_it_may_run() {
        let mut line = Line::<(), ()>::default();
        while line.has_room() {
            line.join(Footprint::default(), ());
        }
        assert_eq!(std::iter::from_fn(|| line.start(true, true)).count(), MAX_RUNNING);
    }
}
