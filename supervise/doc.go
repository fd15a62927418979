// Package supervise keeps processes that answer one line of JSON for each line they are given, whatever they do.
//
// A request is a JSON object with an "id", on one line of a worker's standard input; its answer is one line with a JSON object on
// the worker's standard output that bears the same id. What a worker prints on standard error is kept for messages, the last of it.
// A worker has one request at a time, should end when its standard input does, and needs no other manners:
//
//   - Every request is answered exactly once, in order: by what a worker said, or by a Failure whose Reason has the same words for
//     every case of its kind.
//   - A line is a request's answer only if it is whole, is JSON and has the request's id. Ids are drawn at random, so that a line
//     written late, twice or in advance is never taken for another request's answer.
//   - A worker that dies, hangs, talks rubbish, closes its output or uses too much memory is killed with its process group, and its
//     request is tried once more, on a worker that has not seen any other request.
//   - A request that ended two workers is given up and its key goes on the poison list: requests with that key fail at once.
//   - A worker that cannot be started is tried again after a pause, several times; the loss of the last one ends the pool with one
//     error. So it is with a command that has never answered anything.
//   - The end of the context, or Close, ends all workers and their children; on Linux so does the end of Keel, even by kill -9.
//     Only a child that left its worker's process group is beyond reach.
package supervise
