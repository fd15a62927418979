package reward

import (
	"bufio"
	"encoding/json"
	"os"
)

// serve answers as a user's program would.
func serve() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var ask struct {
			ID     int64  `json:"id"`
			Prompt string `json:"prompt"`
			PNG    []byte `json:"png"`
		}
		if json.Unmarshal(lines.Bytes(), &ask) != nil || len(ask.PNG) < 50 || ask.Prompt == "star" {
			os.Exit(3)
		}
		if ask.Prompt == "heart" {
			out.Encode(map[string]any{"id": ask.ID, "error": "no hearts"})
			continue
		}
		out.Encode(map[string]any{"id": ask.ID, "value": len(ask.Prompt)})
	}
}
