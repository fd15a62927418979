package main

import "github.com/spf13/cobra"

// commands are the constructors of all commands, in the order of the help text. A new command is a new file and a line here.
var commands = []func() *cobra.Command{
	doctorCommand,
	dataCommand,
	pretrainCommand,
	tuneCommand,
	sampleCommand,
	scoreCommand,
	evalCommand,
	reportCommand,
	benchCommand,
	versionCommand,
}

// rootCommand is keel itself. started becomes true when a command's own work begins: what fails before is wrong use.
func rootCommand(started *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "keel",
		Short: "Trains diffusion models with policy gradients, and designs molecules in protein pockets",
		Long: `Keel trains diffusion SDEs to earn rewards without capsizing. Its main job is drug design in a protein's pocket:
pre-train, tune against AutoDock Vina, sample, score, report.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	for _, construct := range commands {
		c := construct()
		announce(c, started)
		root.AddCommand(c)
	}
	return root
}

// announce makes the command and those under it say when their own work begins.
func announce(c *cobra.Command, started *bool) {
	work := c.RunE
	c.RunE = func(cmd *cobra.Command, args []string) error {
		*started = true
		return work(cmd, args)
	}
	for _, under := range c.Commands() {
		announce(under, started)
	}
}
