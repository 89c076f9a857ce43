// Reads tars from standard input, each after its length in four little-endian bytes, and writes what archive/tar makes of
// each as one line of JSON. Names and links are given as bytes, since they need not be UTF-8.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"log"
	"os"
)

type entry struct {
	Name, Link            []byte
	Type                  byte
	Mode, UID, GID        int64
	Size, Modified, Bytes int64
	Major, Minor          int64
}

type told struct {
	Entries []entry
	Error   string
}

func read(data []byte) (found told) {
	reader := tar.NewReader(bytes.NewReader(data))
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			found.Error = err.Error()
			return
		}
		count, err := io.Copy(io.Discard, reader)
		found.Entries = append(found.Entries, entry{
			[]byte(header.Name), []byte(header.Linkname), header.Typeflag,
			header.Mode, int64(header.Uid), int64(header.Gid),
			header.Size, header.ModTime.Unix(), count,
			header.Devmajor, header.Devminor,
		})
		if err != nil {
			found.Error = err.Error()
			return
		}
	}
}

func main() {
	input, output := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var length uint32
		if err := binary.Read(input, binary.LittleEndian, &length); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		data := make([]byte, length)
		if _, err := io.ReadFull(input, data); err != nil {
			log.Fatal(err)
		}
		if err := output.Encode(read(data)); err != nil {
			log.Fatal(err)
		}
	}
}
