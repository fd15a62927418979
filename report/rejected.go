package report

import (
	"cmp"
	"slices"
	"strings"

	"keel/run"
)

// rejections counts the samples without scores or without a reward, by reason.
type rejections struct {
	Rows                           []rejection
	Before, Tuning, After          int    // rejected
	BeforeAll, TuningAll, AfterAll int    // samples listed
	Less                           []fact // what earned less than its merit, and what was drawn anew
}

type rejection struct {
	Reason                string
	Before, Tuning, After int
	Example               string // a detail of one of them
}

type fact struct{ Label, Value string }

func rejected(in Input) rejections {
	r := rejections{BeforeAll: len(in.Before), TuningAll: len(in.Samples), AfterAll: len(in.After)}
	rows := map[string]*rejection{}
	count := func(all []Molecule, sum *int, of func(*rejection) *int) {
		for i := range all {
			reason, detail := all[i].rejection()
			if reason == "" {
				continue
			}
			if rows[reason] == nil {
				rows[reason] = &rejection{Reason: reason, Example: detail}
			}
			*of(rows[reason])++
			*sum++
		}
	}
	count(in.Before, &r.Before, func(r *rejection) *int { return &r.Before })
	count(in.Samples, &r.Tuning, func(r *rejection) *int { return &r.Tuning })
	count(in.After, &r.After, func(r *rejection) *int { return &r.After })
	for _, row := range rows {
		r.Rows = append(r.Rows, *row)
	}
	slices.SortFunc(r.Rows, func(a, b rejection) int {
		return cmp.Or(cmp.Compare(b.Before+b.Tuning+b.After, a.Before+a.Tuning+a.After), cmp.Compare(a.Reason, b.Reason))
	})
	r.Less = earnedLess(in.Metrics)
	return r
}

// rejection is why the molecule has no figures or no reward, in the words that all of its kind share, and the rest of them.
func (m *Molecule) rejection() (reason, detail string) {
	text := m.Error
	if text == "" && m.Texts["reward_error"] != "" {
		text = "no reward: " + m.Texts["reward_error"]
		reason, detail, _ = strings.Cut(strings.TrimPrefix(text, "no reward: "), ": ")
		return "no reward: " + reason, detail
	}
	text, _, _ = strings.Cut(text, "; ")
	reason, detail, _ = strings.Cut(text, ": ")
	return reason, detail
}

// earnedLess tells of the molecules that are whole and valid but were not paid in full, and of those that were never scored.
func earnedLess(records []run.Record) []fact {
	var list []fact
	for _, one := range []struct{ key, label string }{
		{"duplicates", "had come before in this run: the diversity filter pays a molecule once"},
		{"crowded", "had a scaffold whose bucket was full: the diversity filter pays less and less"},
		{"drawn_outside", "were outside the bounds of size: drawn anew, never scored"},
	} {
		if n := total(records, one.key); n > 0 {
			list = append(list, fact{one.label, format(n, 0)})
		}
	}
	return list
}
