package dataset

// Why a candidate was dropped. Each candidate that is not kept is counted under one of these, or under a failure of RDKit's worker.
const (
	unreadableSMILES  = "unreadable SMILES"
	longLine          = "line that is too long for a SMILES"
	duplicateMolecule = "duplicate molecule"
	otherMolecule     = "RDKit reads another molecule than Keel"

	missingProtein   = "missing protein"
	missingLigand    = "missing ligand"
	severalProteins  = "several proteins, none named like the ligand"
	unreadablePDB    = "unreadable PDB"
	unreadableSDF    = "unreadable SDF"
	noProtein        = "no protein in the PDB"
	notNumbers       = "coordinates that are not finite (NaN)"
	duplicateComplex = "duplicate complex (same ligand, same pocket)"
	clash            = "covalent or clashing"
	noPocket         = "ligand far from the protein"
	unwritable       = "pocket that PDB cannot hold"
	unwritableLigand = "molecule that SDF cannot hold"

	emptyFile  = "empty file"
	hugeFile   = "file over the size limit"
	cannotRead = "file that cannot be read"

	tooSmall  = "too few heavy atoms"
	tooLarge  = "too many heavy atoms"
	metal     = "metal in the ligand"
	element   = "element other than C N O F P S Cl Br I"
	fragments = "several fragments"
	valence   = "impossible valence"
	distorted = "broken geometry"
	flat      = "flat coordinates (2D)"

	bug = "Keel failed on it (a bug, please report)"
)

// What is worth a note: what was no candidate, and what was left out of one or changed in it.
const (
	noteHidden     = "hidden file"
	noteLink       = "link, not followed"
	noteUnsafe     = "unsafe path in an archive"
	noteSpecial    = "neither file nor folder"
	noteOther      = "file that is neither PDB nor SDF"
	noteSecond     = "further PDB of a complex, not used"
	noteRecords    = "further record of a ligand file, not used"
	noteFolder     = "folder that cannot be read"
	noteDeep       = "folder nested too deep"
	noteTruncated  = "archive or file cut off; what came before was used"
	noteNotGzip    = "damaged gzip"
	noteNotArchive = "not an archive (neither .tar.gz nor .tar)"
	noteUnread     = "rest of a file, not needed"
	noteHeader     = "header line"
	noteBlank      = "blank line"
	noteCharges    = "molecule drawn with other charges (neutral where there is a neutral form)"
)
